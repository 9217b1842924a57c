import type { ApiRequest } from "./api-request.ts";
import {
  type ApiResponse,
  type BodyFraming,
  empty,
  errorPage,
  html,
  json,
  type RouteResponse,
  serverErrorPage,
} from "./api-response.ts";
import {
  type RedirectStatus,
  redirectTo,
  redirectToMovedPath,
  startRedirectLoop,
} from "./redirects.ts";
import { environmentDocumentPath } from "./routes/environment-document.ts";
import type { JsonValue, WireDocument } from "./wire-document.ts";

/**
 * A failure of one request. With `otherDocument`, `lostResponse`, `slowHead`, `slowBody` and `cutBody` the API
 * handles the request: analytics are counted and events are stored. All other faults replace the response, and
 * the API handles nothing.
 *
 * After a reset of a reused connection, some runtimes send the request again, so that the API receives it
 * twice: Bun does so for GET, Deno also for POST (https://github.com/denoland/deno/pull/32566). Serve the
 * API with `keepAlive: false` if that matters.
 */
export type Fault = {
  /**
   * Apply only to requests whose path contains this text. Other requests do not use up the fault.
   * @defaultValue requests for the environment document for `otherDocument`, all requests for other kinds
   */
  readonly path?: string | undefined;
} & (
  | {
      /** Responds with this status. */
      readonly kind: "status";
      readonly status: number;
      /** The `Retry-After` header: seconds or an HTTP date. */
      readonly retryAfter?: string | undefined;
      /** The JSON body. @defaultValue `{ detail: "Status 503." }`, with the status */
      readonly body?: JsonValue | undefined;
      /** An HTML body instead of JSON. `true` sends the server's own error page. */
      readonly html?: string | true | undefined;
    }
  /** Never responds. */
  | { readonly kind: "hang" }
  /** Resets the connection before the response. */
  | { readonly kind: "reset" }
  /**
   * Handles the request, but the client does not get the response: either none is sent (`hang`), or the
   * connection is reset (`reset`).
   */
  | { readonly kind: "lostResponse"; readonly how: "hang" | "reset" }
  /** Sends the head of the response after `delayMs` milliseconds. */
  | { readonly kind: "slowHead"; readonly delayMs: number }
  /**
   * Sends the body in `chunks` pieces (default 4), each after `delayMs` milliseconds. Has no effect on
   * realtime streams.
   */
  | { readonly kind: "slowBody"; readonly delayMs: number; readonly chunks?: number | undefined }
  /**
   * Ends the body after `bytes` (default: half of it). `length`: the head announces more bytes.
   * `chunked`: the last chunk is missing. `close`: the connection ends cleanly, so that the reader cannot
   * detect the loss. A realtime stream ends directly after its head.
   */
  | { readonly kind: "cutBody"; readonly framing: BodyFraming; readonly bytes?: number | undefined }
  /** Responds with status 200 and an HTML page, like a captive portal or a wrong host. */
  | { readonly kind: "html200"; readonly html?: string | undefined }
  /** Responds with status 200 and this JSON. */
  | { readonly kind: "wrongShape"; readonly json: JsonValue }
  /**
   * Serves this document: one of another environment, or an older version. Each page is a request: if only the
   * first page of a load is of another version, the document is torn.
   */
  | { readonly kind: "otherDocument"; readonly document: WireDocument }
  /**
   * Redirects (default: 307) to another path of the same origin, which works. With `slash: false` that
   * path has no trailing slash.
   */
  | {
      readonly kind: "redirect";
      readonly status?: RedirectStatus | undefined;
      readonly slash?: boolean | undefined;
    }
  /** Redirects (default: 307) to any URL. */
  | {
      readonly kind: "redirectAway";
      readonly location: string;
      readonly status?: RedirectStatus | undefined;
    }
  /** Redirects (default: 307) into an endless chain of redirects. */
  | { readonly kind: "redirectLoop"; readonly status?: RedirectStatus | undefined }
);

/** All kinds of faults, to validate those that arrive as JSON. */
const faultKinds: Readonly<Record<Fault["kind"], true>> = {
  status: true,
  hang: true,
  reset: true,
  lostResponse: true,
  slowHead: true,
  slowBody: true,
  cutBody: true,
  html200: true,
  wrongShape: true,
  otherDocument: true,
  redirect: true,
  redirectAway: true,
  redirectLoop: true,
};

/** The pending faults, oldest first. */
export class FaultQueue {
  #entries: { remaining: number; readonly fault: Fault }[] = [];

  /** Applies the fault to the next `count` matching requests. */
  add(count: number, fault: Fault): void {
    if (!(count >= 0)) throw new RangeError("failNext: count must be 0 or more.");
    if (!Object.hasOwn(faultKinds, fault.kind)) {
      throw new TypeError(`failNext: unknown fault kind "${fault.kind}".`);
    }
    const path = fault.kind === "otherDocument" ? environmentDocumentPath : "";
    this.#entries.push({ remaining: count, fault: { ...fault, path: fault.path ?? path } });
  }

  clear(): void {
    this.#entries = [];
  }

  /** Takes the fault of a request with this path out of the queue. */
  take(path: string): Fault | undefined {
    this.#entries = this.#entries.filter((entry) => entry.remaining > 0);
    const entry = this.#entries.find(({ fault }) => path.includes(fault.path ?? ""));
    if (entry === undefined) return undefined;
    entry.remaining -= 1;
    return entry.fault;
  }
}

/** Creates the response that replaces the API's own, or returns `undefined` if the API handles the request. */
export function createFaultResponse(fault: Fault, request: ApiRequest): RouteResponse | undefined {
  switch (fault.kind) {
    case "status":
      return createStatusResponse(fault);
    case "html200":
      return fault.html === undefined ? errorPage(200, "Welcome") : html(200, fault.html);
    case "wrongShape":
      return json(200, fault.json);
    case "redirect":
      return redirectToMovedPath(request, fault.status ?? 307, fault.slash ?? true);
    case "redirectAway":
      return redirectTo(fault.location, fault.status ?? 307);
    case "redirectLoop":
      return startRedirectLoop(request, fault.status ?? 307);
    case "hang":
    case "reset":
      return empty(200);
    default:
      return undefined;
  }
}

function createStatusResponse(fault: Extract<Fault, { kind: "status" }>): RouteResponse {
  const headers = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
  if (fault.html !== undefined) {
    const page = fault.html === true ? serverErrorPage : html(fault.status, fault.html);
    return { ...page, status: fault.status, headers };
  }
  return json(fault.status, fault.body ?? { detail: `Status ${fault.status}.` }, headers);
}

/** Changes how a response is delivered. */
export function applyFault(fault: Fault, response: ApiResponse): ApiResponse {
  switch (fault.kind) {
    case "hang":
    case "reset":
      return { ...response, delivery: { kind: fault.kind } };
    case "lostResponse":
      return { ...response, delivery: { kind: fault.how } };
    case "slowHead":
      return { ...response, delivery: { kind: "late", delayMs: fault.delayMs } };
    case "slowBody": {
      if (response.stream !== undefined) return response;
      const { delayMs, chunks = 4 } = fault;
      return { ...response, delivery: { kind: "chunks", chunks, delayMs } };
    }
    case "cutBody":
      return cutBody(fault, response);
    default:
      return response;
  }
}

function cutBody(fault: Extract<Fault, { kind: "cutBody" }>, response: ApiResponse): ApiResponse {
  const { stream: _stream, headers, ...rest } = response;
  const { "content-length": _length, ...withoutLength } = headers;
  const { length } = response.body;
  const bytes = Math.min(fault.bytes ?? Math.floor(length / 2), length);
  const announced = { ...withoutLength, "content-length": String(Math.max(length, bytes + 1)) };
  return {
    ...rest,
    headers: fault.framing === "length" ? announced : withoutLength,
    delivery: { kind: "cut", framing: fault.framing, bytes },
  };
}
