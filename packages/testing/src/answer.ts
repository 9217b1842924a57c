import type { StreamSource } from "./event-streams.ts";

/** How a broken body says where it should have ended. */
export type BodyFraming = "length" | "chunked" | "close";

/** How an answer travels: what a front does with its head and its body. */
export type ResponseDelivery =
  | { readonly kind: "whole" }
  | { readonly kind: "late"; readonly delayMs: number }
  | { readonly kind: "chunks"; readonly chunks: number; readonly delayMs: number }
  | { readonly kind: "cut"; readonly framing: BodyFraming; readonly bytes: number }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" };

/**
 * An answer as plain data, but for a body that stays open. The fetch front and the served one both
 * realise this description.
 */
export interface ApiResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** A body that stays open, in place of `body`; a front calls it once the head is sent. */
  readonly stream?: StreamSource;
  readonly delivery: ResponseDelivery;
}

/** What a route has to say, before the headers that every answer carries. */
export interface Reply {
  readonly status: number;
  readonly contentType?: string;
  readonly text?: string;
  /** A body that stays open, in place of a text. */
  readonly stream?: StreamSource;
  readonly headers?: Readonly<Record<string, string>>;
}

const jsonType = "application/json";
const htmlType = "text/html; charset=utf-8";

/** A reply with a JSON body. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, contentType: jsonType, text: JSON.stringify(value), headers };
}

/** A reply with a page. */
export function html(status: number, text: string): Reply {
  return { status, contentType: htmlType, text };
}

/** A reply without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers };
}

/** A page as the server's framework writes it for what is not an API answer. */
export function errorPage(status: number, title: string, sentence = ""): Reply {
  return html(
    status,
    `<!doctype html>\n<html lang="en">\n<head><title>${title}</title></head>\n<body><h1>${title}</h1><p>${sentence}</p></body>\n</html>\n`,
  );
}

/** What the real server sends when it fails. */
export const serverErrorPage: Reply = errorPage(500, "Server Error (500)");

/** Whether a reply's body is JSON. */
export function isJson(reply: Reply): boolean {
  return reply.contentType === jsonType;
}

/** The body in equal pieces; the last may be shorter. */
export function piecesOf(body: Uint8Array, count: number): readonly Uint8Array[] {
  const size = Math.max(1, Math.ceil(body.length / Math.max(1, count)));
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < body.length; start += size) {
    pieces.push(body.subarray(start, start + size));
  }
  return pieces;
}
