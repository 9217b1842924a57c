/** Receives the body of an open stream and passes it on to the client. */
export interface StreamSink {
  /** Sends the bytes as one chunk. */
  send(chunk: Uint8Array): void;
  /** Ends the body cleanly. */
  end(): void;
  /** Resets the connection. */
  reset(): void;
}

/** Starts a stream into the sink. Call the returned function when the client has disconnected. */
export type StreamSource = (sink: StreamSink) => () => void;

/** How the length of a body that is cut off was announced. */
export type BodyFraming = "length" | "chunked" | "close";

/** How a response is transmitted: whole, or with one of the faults. */
export type ResponseDelivery =
  | { readonly kind: "whole" }
  | { readonly kind: "late"; readonly delayMs: number }
  | { readonly kind: "chunks"; readonly chunks: number; readonly delayMs: number }
  | { readonly kind: "cut"; readonly framing: BodyFraming; readonly bytes: number }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" };

/** A response as plain data, which `fetch` and the HTTP server transmit. */
export interface ApiResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** A body that stays open and replaces `body`. Called after the head was sent. */
  readonly stream?: StreamSource;
  readonly delivery: ResponseDelivery;
}

/** A route's response, before the headers that all responses share are added. */
export interface RouteResponse {
  readonly status: number;
  readonly contentType?: string;
  readonly text?: string;
  /** A body that stays open and replaces `text`. */
  readonly stream?: StreamSource;
  readonly headers?: Readonly<Record<string, string>>;
}

const jsonType = "application/json";
const htmlType = "text/html; charset=utf-8";
const corsHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Retry-After",
};

/** Creates a response with a JSON body. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): RouteResponse {
  return { status, contentType: jsonType, text: JSON.stringify(value), headers };
}

/** Creates a response with an HTML body. */
export function html(status: number, text: string): RouteResponse {
  return { status, contentType: htmlType, text };
}

/** Creates a response without a body. */
export function empty(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): RouteResponse {
  return { status, headers };
}

/** Creates an HTML error page like those of the server's web framework. */
export function errorPage(status: number, title: string, sentence = ""): RouteResponse {
  return html(
    status,
    `<!doctype html>\n<html lang="en">\n<head><title>${title}</title></head>\n<body><h1>${title}</h1><p>${sentence}</p></body>\n</html>\n`,
  );
}

/** The page that the server sends for an internal error. */
export const serverErrorPage: RouteResponse = errorPage(500, "Server Error (500)");

/** The response to a CORS preflight request. */
export const preflightResponse: RouteResponse = {
  status: 200,
  contentType: htmlType,
  headers: {
    // Among them are those that tracing in browsers adds.
    "access-control-allow-headers":
      "flagsmith-application-name, sentry-trace, content-type, dnt, flagsmith-application-version, accept, x-e2e-test-auth-token, flagsmith-sdk-user-agent, origin, user-agent, accept-encoding, authorization, x-requested-with, x-environment-key, x-csrftoken, tracestate, traceparent, baggage",
    "access-control-allow-methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT",
    "access-control-max-age": "86400",
  },
};

/** Wraps a JSON response in the page that the server sends to browsers; other responses are unchanged. */
export function toBrowsablePage(response: RouteResponse): RouteResponse {
  if (response.contentType !== jsonType) return response;
  const text = (response.text ?? "").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return {
    ...html(response.status, `<!doctype html>\n<html><body><pre>${text}</pre></body></html>\n`),
    headers: { ...response.headers, vary: "Accept, Cookie, Origin" },
  };
}

/** Adds the headers that all of the server's responses share. `now` is in milliseconds since the epoch. */
export function toApiResponse(
  response: RouteResponse,
  request: { readonly method: string; readonly headers: Readonly<Record<string, string>> },
  now: number,
): ApiResponse {
  const body = new TextEncoder().encode(response.text ?? "");
  const date = formatHttpDate(now);
  const headers: Record<string, string> = {
    date,
    vary: "Origin",
    ...(response.stream === undefined ? { "content-length": String(body.length) } : {}),
    "flagsmith-version": "unknown",
  };
  if (response.contentType !== undefined) headers["content-type"] = response.contentType;
  if (response.status !== 301 && request.method !== "OPTIONS") {
    headers["cache-control"] = "max-age=0, no-cache, no-store, must-revalidate, private";
    headers["expires"] = date;
    headers["pragma"] = "no-cache";
  }
  if (request.headers["origin"] !== undefined) Object.assign(headers, corsHeaders);
  Object.assign(headers, response.headers);
  return {
    status: response.status,
    headers,
    body: request.method === "HEAD" ? new Uint8Array() : body,
    ...(response.stream === undefined ? {} : { stream: response.stream }),
    delivery: { kind: "whole" },
  };
}

/** Formats an HTTP date. Fractions of a second are dropped. */
export function formatHttpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/** Splits a body into `count` pieces of equal size. The last piece may be shorter. */
export function splitBody(body: Uint8Array, count: number): readonly Uint8Array[] {
  const size = Math.max(1, Math.ceil(body.length / Math.max(1, count)));
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < body.length; start += size) {
    pieces.push(body.subarray(start, start + size));
  }
  return pieces;
}
