import { pipeline, Readable } from "node:stream";
import { text as readText } from "node:stream/consumers";
import type { FetchInit, FetchResponse } from "@flagsmith-isomorphic/core";
import { leaveZone } from "./leave-zone.ts";
import { ResponseHandler, type UndiciResponse } from "./response-handler.ts";

/** The method of undici dispatchers that sends a request, through the copy of undici that they come from. */
export interface RequestDispatcher {
  dispatch(
    options: {
      readonly origin: string;
      readonly path: string;
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | null;
      readonly signal: AbortSignal;
      /** Known to undici 8. */
      readonly allowH2: false | undefined;
    },
    handler: ResponseHandler,
  ): boolean;
}

/** A body that is limited while it is read. */
type ResponseBody = NonNullable<FetchResponse["body"]>;

/** Sends a request through a dispatcher. Unlike `fetch`, undici neither asks for compression nor decompresses. */
export function sendThrough(
  dispatcher: RequestDispatcher,
  url: string,
  init: FetchInit,
): Promise<FetchResponse> {
  // All requests would share a dead connection of HTTP/2, which a timeout does not close.
  return send(dispatcher, url, init, false).catch((error) => {
    if (!refusesHttp1(error)) throw error;
    return send(dispatcher, url, init);
  });
}

/** Whether a server has refused HTTP/1.1. It did so in the TLS handshake, so it has not seen the request. */
export function refusesHttp1(error: unknown): boolean {
  const { code, cause } = Object(error);
  return /NO_APPLICATION_PROTOCOL/.test(code ?? cause?.code);
}

function send(
  dispatcher: RequestDispatcher,
  url: string,
  { method, headers, body, signal }: FetchInit,
  allowH2?: false,
): Promise<FetchResponse> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { origin, path } = parseTarget(url);
    const options = {
      origin,
      path,
      method,
      headers: { "accept-encoding": "gzip", ...headers },
      body: body ?? null,
      signal,
      allowH2,
    };
    const receive = (response: UndiciResponse) => resolve(convertResponse(response));
    const handler = new ResponseHandler(signal, receive, reject);
    leaveZone(() => dispatcher.dispatch(options, handler));
  });
}

let target = { url: "", origin: "", path: "" };

/** Parses each URL once if it repeats, because that takes 5 % of a call. */
function parseTarget(url: string): typeof target {
  if (target.url !== url) {
    const { origin, pathname, search } = new URL(url);
    target = { url, origin, path: pathname + search };
  }
  return target;
}

function convertResponse({
  status,
  headers,
  body,
}: UndiciResponse): FetchResponse | Promise<FetchResponse> {
  const get = (name: string) => {
    const value = headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : (value ?? null);
  };
  if (!(body instanceof Readable)) {
    return { status, headers: { get }, text: async () => decode(body), body: null };
  }
  const read = (stream: Readable) => ({
    status,
    headers: { get },
    text: () => readText(stream),
    body: createBody(stream, body),
  });
  const encoding = get("content-encoding");
  return encoding === null ? read(body) : decompress(body, encoding).then(read);
}

/** Decodes all chunks together, because a character may be split between two of them. */
function decode(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks)
    .toString()
    .replace(/^\ufeff/, "");
}

/** An unknown encoding stays, and is then no JSON. */
async function decompress(body: Readable, encoding: string): Promise<Readable> {
  const zlib = await import("node:zlib");
  const name = encoding.trim().toLowerCase();
  // The errors of both streams reach the reader of the result.
  const through = (decoder: NodeJS.ReadWriteStream & Readable) =>
    pipeline(body, decoder, () => undefined);
  if (name === "gzip" || name === "x-gzip") return through(zlib.createGunzip());
  if (name === "deflate") return through(zlib.createInflate());
  return name === "br" ? through(zlib.createBrotliDecompress()) : body;
}

function createBody(stream: Readable, source: Readable): ResponseBody {
  return {
    cancel: () => cancel(stream),
    getReader: () => {
      const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = stream[Symbol.asyncIterator]();
      return {
        read: async () => {
          const { done = false, value } = await chunks.next().catch((error) => {
            // zlib refuses an empty body, which is a valid response of a report.
            if (error.code !== "Z_BUF_ERROR" || source.readableDidRead) throw error;
            return { done: true, value: undefined };
          });
          return done ? { done, value: undefined } : { done, value };
        },
        cancel: () => cancel(stream),
      };
    },
  };
}

/** Closes the connection. Without a listener, the error of a stream that is destroyed early ends the process. */
async function cancel(stream: Readable): Promise<void> {
  stream.on("error", () => undefined).destroy();
}
