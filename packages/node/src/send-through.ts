import { pipeline, type Readable } from "node:stream";
import type { FetchInit, FetchResponse } from "@flagsmith-isomorphic/core";
import { leaveZone } from "./leave-zone.ts";

/** The method of undici dispatchers that sends a request, through the copy of undici that they come from. */
export interface RequestDispatcher {
  request(options: {
    readonly origin: string;
    readonly path: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
    readonly signal: AbortSignal;
    /** Known to undici 8. */
    readonly allowH2: false | undefined;
  }): Promise<UndiciResponse>;
}

/** A body that is limited while it is read. */
type ResponseBody = NonNullable<FetchResponse["body"]>;

/** A response of undici. */
interface UndiciResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable & { text(): Promise<string> };
}

/** Sends a request through a dispatcher. Unlike `fetch`, undici neither asks for compression nor decompresses. */
export async function sendThrough(
  dispatcher: RequestDispatcher,
  url: string,
  { method, headers, body, signal }: FetchInit,
): Promise<FetchResponse> {
  const { origin, pathname, search } = new URL(url);
  const options = {
    origin,
    path: pathname + search,
    method,
    headers: { "accept-encoding": "gzip", ...headers },
    body: body ?? null,
    signal,
  };
  const request = (allowH2?: false) => leaveZone(() => dispatcher.request({ ...options, allowH2 }));
  // All requests would share a dead connection of HTTP/2, which a timeout does not close.
  return request(false)
    .catch((error) => {
      if (!refusesHttp1(error)) throw error;
      return request();
    })
    .then(convertResponse);
}

/** Whether a server has refused HTTP/1.1. It did so in the TLS handshake, so it has not seen the request. */
export function refusesHttp1(error: unknown): boolean {
  const { code, cause } = Object(error);
  return /NO_APPLICATION_PROTOCOL/.test(code ?? cause?.code);
}

async function convertResponse({
  statusCode: status,
  headers,
  body,
}: UndiciResponse): Promise<FetchResponse> {
  const get = (name: string) => {
    const value = headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : (value ?? null);
  };
  const text = () => body.text();
  const encoding = get("content-encoding");
  // undici reads no more than the content length, so that `text()` needs no limit.
  if (status === 200 && encoding === null && get("content-length") !== null) {
    return { status, headers: { get }, text, body: { cancel: () => cancel(body) } as ResponseBody };
  }
  const stream = encoding === null ? body : await decompress(body, encoding);
  return { status, headers: { get }, text, body: createBody(stream, body) };
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
