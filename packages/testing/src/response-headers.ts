import type { ApiResponse, Reply } from "./answer.ts";

const corsHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Retry-After",
};

/** The answer to a preflight; which headers and methods a browser may send. */
export const preflight: Reply = {
  status: 200,
  contentType: "text/html; charset=utf-8",
  headers: {
    vary: "Origin",
    "access-control-allow-headers":
      "accept, content-type, flagsmith-application-name, flagsmith-application-version, flagsmith-sdk-user-agent, x-environment-key",
    "access-control-allow-methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT",
    "access-control-max-age": "86400",
  },
};

/** Completes a reply with what the server puts on every answer. */
export function answerOf(
  reply: Reply,
  request: { readonly method: string; readonly headers: Readonly<Record<string, string>> },
  now: number,
): ApiResponse {
  const body = new TextEncoder().encode(reply.text ?? "");
  const date = httpDate(now);
  const headers: Record<string, string> = {
    date,
    vary: "Origin",
    ...(reply.stream === undefined ? { "content-length": String(body.length) } : {}),
    "flagsmith-version": "unknown",
  };
  if (reply.contentType !== undefined) headers["content-type"] = reply.contentType;
  if (reply.status !== 301 && request.method !== "OPTIONS") {
    headers["cache-control"] = "max-age=0, no-cache, no-store, must-revalidate, private";
    headers["expires"] = date;
    headers["pragma"] = "no-cache";
  }
  if (request.headers["origin"] !== undefined) Object.assign(headers, corsHeaders);
  Object.assign(headers, reply.headers);
  return {
    status: reply.status,
    headers,
    body: request.method === "HEAD" ? new Uint8Array() : body,
    ...(reply.stream === undefined ? {} : { stream: reply.stream }),
    delivery: { kind: "whole" },
  };
}

/** An HTTP date; fractions of a second are dropped. */
export function httpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}
