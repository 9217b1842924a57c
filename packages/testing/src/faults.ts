import {
  type ApiResponse,
  type BodyFraming,
  empty,
  errorPage,
  html,
  json,
  type Reply,
  serverErrorPage,
} from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import type { JsonValue } from "./environment-document.ts";
import { loopRedirect, type RedirectStatus, redirectTo, sameOriginRedirect } from "./redirects.ts";

/**
 * Something that goes wrong with an answer. `lostResponse`, `slowHead`, `slowBody` and `cutBody` happen
 * to the right answer: the API has handled the request, so analytics are counted and events stored.
 * All other faults stand in for it: the API has not.
 *
 * Where a reset strikes a connection that was used before, a runtime may send the request again by
 * itself, and the API receives it twice: Bun does so for a GET, Deno also for a POST
 * (https://github.com/denoland/deno/pull/32566). Serve with `keepAlive: false` where that matters.
 */
export type Fault = {
  /** Only requests whose path contains this text; others pass and do not use the fault up. */
  readonly path?: string;
} & (
  | {
      /** A status the API would not have sent. */
      readonly kind: "status";
      readonly status: number;
      /** `Retry-After` as it is sent: seconds or an HTTP date. */
      readonly retryAfter?: string;
      /** Sent as JSON; by default a `detail` like the server's. */
      readonly body?: JsonValue;
      /** An HTML body instead; `true` for a page like the server's. */
      readonly html?: string | true;
    }
  /** Never answers, and handles nothing. */
  | { readonly kind: "hang" }
  /** The connection is reset before an answer, and nothing is handled. */
  | { readonly kind: "reset" }
  /**
   * The request is handled and the client cannot know: no answer comes (`hang`), or the connection
   * is reset (`reset`). For an answer that comes too late there is `slowHead`.
   */
  | { readonly kind: "lostResponse"; readonly how: "hang" | "reset" }
  /** The right answer, its head late by `delayMs` milliseconds. */
  | { readonly kind: "slowHead"; readonly delayMs: number }
  /**
   * The right answer in `chunks` pieces (default 4), each after `delayMs` milliseconds. A realtime
   * stream is none the slower.
   */
  | { readonly kind: "slowBody"; readonly delayMs: number; readonly chunks?: number }
  /**
   * The right answer, ended after `bytes` (default: half its body). `length`: the head announces
   * more; `chunked`: the last chunk is missing; `close`: a clean end that the reader cannot tell
   * from a whole answer. A realtime stream ends right after its head.
   */
  | { readonly kind: "cutBody"; readonly framing: BodyFraming; readonly bytes?: number }
  /** Status 200 with a page, as a captive portal or a wrong host sends. */
  | { readonly kind: "html200"; readonly html?: string }
  /** Status 200 with valid JSON of another shape. */
  | { readonly kind: "wrongShape"; readonly json: JsonValue }
  /**
   * To the same resource under another path that works (status 307 by default); without its
   * trailing slash when `slash` is `false`.
   */
  | { readonly kind: "redirect"; readonly status?: RedirectStatus; readonly slash?: boolean }
  /** To a URL of another origin (status 307 by default). */
  | { readonly kind: "redirectAway"; readonly location: string; readonly status?: RedirectStatus }
  /** Into a chain of redirects without end (status 307 by default). */
  | { readonly kind: "redirectLoop"; readonly status?: RedirectStatus }
);

/** Every kind of fault; a new kind that is not listed here does not compile. */
const kinds: Readonly<Record<Fault["kind"], true>> = {
  status: true,
  hang: true,
  reset: true,
  lostResponse: true,
  slowHead: true,
  slowBody: true,
  cutBody: true,
  html200: true,
  wrongShape: true,
  redirect: true,
  redirectAway: true,
  redirectLoop: true,
};

/** The faults that are still to happen, oldest first. */
export class FaultQueue {
  #entries: { left: number; readonly fault: Fault }[] = [];

  /** The next `count` requests the fault applies to fail with it. */
  add(count: number, fault: Fault): void {
    if (!(count >= 0)) throw new RangeError("failNext: count must be 0 or more.");
    if (!Object.hasOwn(kinds, fault.kind)) {
      throw new TypeError(`failNext: there is no fault of kind "${fault.kind}".`);
    }
    this.#entries.push({ left: count, fault: { ...fault } });
  }

  clear(): void {
    this.#entries = [];
  }

  /** The fault of this request, which is then used up by one. */
  take(path: string): Fault | undefined {
    this.#entries = this.#entries.filter((entry) => entry.left > 0);
    const entry = this.#entries.find(({ fault }) => path.includes(fault.path ?? ""));
    if (entry === undefined) return undefined;
    entry.left -= 1;
    return entry.fault;
  }
}

/** A fault that stands in for the API's answer: the request is not handled at all. */
export function replyInstead(fault: Fault, request: ApiRequest): Reply | undefined {
  switch (fault.kind) {
    case "status":
      return statusReply(fault);
    case "html200":
      return fault.html === undefined ? errorPage(200, "Welcome") : html(200, fault.html);
    case "wrongShape":
      return json(200, fault.json);
    case "redirect":
      return sameOriginRedirect(request, fault.status ?? 307, fault.slash ?? true);
    case "redirectAway":
      return redirectTo(fault.location, fault.status ?? 307);
    case "redirectLoop":
      return loopRedirect(request, fault.status ?? 307);
    case "hang":
    case "reset":
      return empty(200);
    default:
      return undefined;
  }
}

function statusReply(fault: Extract<Fault, { kind: "status" }>): Reply {
  const headers = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
  if (fault.html !== undefined) {
    const page = fault.html === true ? serverErrorPage : html(fault.status, fault.html);
    return { ...page, status: fault.status, headers };
  }
  return json(fault.status, fault.body ?? { detail: `Status ${fault.status}.` }, headers);
}

/** The answer as this fault makes it travel. */
export function deliveredWith(fault: Fault, answer: ApiResponse): ApiResponse {
  switch (fault.kind) {
    case "hang":
    case "reset":
      return { ...answer, delivery: { kind: fault.kind } };
    case "lostResponse":
      return { ...answer, delivery: { kind: fault.how } };
    case "slowHead":
      return { ...answer, delivery: { kind: "late", delayMs: fault.delayMs } };
    case "slowBody": {
      if (answer.stream !== undefined) return answer;
      const { delayMs, chunks = 4 } = fault;
      return { ...answer, delivery: { kind: "chunks", chunks, delayMs } };
    }
    case "cutBody":
      return cut(fault, answer);
    default:
      return answer;
  }
}

function cut(fault: Extract<Fault, { kind: "cutBody" }>, answer: ApiResponse): ApiResponse {
  const { stream: _stream, ...cutOff } = answer;
  const bytes = Math.min(fault.bytes ?? Math.floor(answer.body.length / 2), answer.body.length);
  const { "content-length": _, ...headers } = answer.headers;
  const announced = {
    ...headers,
    "content-length": String(Math.max(answer.body.length, bytes + 1)),
  };
  return {
    ...cutOff,
    headers: fault.framing === "length" ? announced : headers,
    delivery: { kind: "cut", framing: fault.framing, bytes },
  };
}
