/**
 * Serves an in-memory Flagsmith API on a port of Node.js.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { ApiRequest } from "./api-request.ts";
import { type ApiResponse, type StreamSource, splitBody } from "./api-response.ts";
import type { FlagsmithApi } from "./flagsmith-api.ts";

/** Options of {@link serveFlagsmithApi}. */
export interface ServeOptions {
  /** @defaultValue 0: any free port */
  readonly port?: number | undefined;
  /** @defaultValue `"127.0.0.1"` */
  readonly hostname?: string | undefined;
  /**
   * Whether a connection serves more than one request. With `false`, a request that is reset reaches the API
   * exactly once: on a reused connection, some runtimes send it again. @defaultValue `true`
   */
  readonly keepAlive?: boolean | undefined;
  /** The largest accepted body, in bytes. The response to a larger one is 413. @defaultValue no limit */
  readonly maxBodyBytes?: number | undefined;
}

/** An API that is served on a port. */
export interface ServedFlagsmithApi {
  /** The `apiUrl` of a client. */
  readonly url: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Stops immediately and closes all connections. */
  close(): Promise<void>;
}

/**
 * Serves an API over HTTP. Faults happen on the socket.
 *
 * @throws the error of Node's `server.listen`, for instance `EADDRINUSE`
 *
 * @example
 * const served = await serveFlagsmithApi(createFlagsmithApi({ document }));
 * const flagsmith = new Flagsmith({ environmentKey: "ser.testing", apiUrl: served.url });
 * await served.close();
 */
export async function serveFlagsmithApi(
  api: Pick<FlagsmithApi, "handle">,
  { port = 0, hostname = "127.0.0.1", keepAlive = true, maxBodyBytes }: ServeOptions = {},
): Promise<ServedFlagsmithApi> {
  const server = new ApiServer(api, { keepAlive, maxBodyBytes });
  const origin = await server.listen(port, hostname);
  return { url: `${origin}/api/v1/`, origin, close: () => server.close() };
}

class ApiServer {
  readonly #api: Pick<FlagsmithApi, "handle">;
  readonly #maxBodyBytes: number;
  readonly #server: Server;
  /** One controller per connected client; it aborts when the client disconnects. */
  readonly #clients = new Set<AbortController>();
  #origin = "";

  constructor(
    api: Pick<FlagsmithApi, "handle">,
    {
      keepAlive,
      maxBodyBytes = Number.POSITIVE_INFINITY,
    }: { readonly keepAlive: boolean; readonly maxBodyBytes: number | undefined },
  ) {
    this.#api = api;
    this.#maxBodyBytes = maxBodyBytes;
    this.#server = createServer((request, response) => {
      if (!keepAlive) response.shouldKeepAlive = false;
      this.#serve(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
        response.end(String(error));
      });
    });
  }

  /** Returns the origin. */
  async listen(port: number, hostname: string): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(port, hostname, resolve);
    });
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    this.#origin = `http://${host}:${(this.#server.address() as AddressInfo).port}`;
    return this.#origin;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      // Before the sockets close, so that no stream counts as open afterwards.
      for (const client of this.#clients) client.abort();
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const client = new AbortController();
    this.#clients.add(client);
    response.once("close", () => {
      this.#clients.delete(client);
      client.abort();
    });
    const body = await readBody(request, this.#maxBodyBytes);
    if (body === undefined) {
      response.writeHead(413, { connection: "close" }).end();
      return;
    }
    const apiResponse = await this.#api.handle(toApiRequest(request, body, this.#origin));
    try {
      await send(apiResponse, response, client.signal);
    } catch (error) {
      // A client that disconnects during a slow response aborts the wait: not an error.
      if (!client.signal.aborted) throw error;
    }
  }
}

/** Resolves to `undefined` for a body that is too large. Its rest is not read. */
async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The connection stays open for the response.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toApiRequest(request: IncomingMessage, body: Uint8Array, origin: string): ApiRequest {
  const [path = "/", ...search] = (request.url ?? "/").split(/(?=\?)/);
  const headers = Object.entries(request.headers).map(([name, value = ""]) => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return {
    method: request.method ?? "GET",
    origin,
    path,
    search: search.join(""),
    headers: Object.fromEntries(headers),
    body,
  };
}

async function send(
  apiResponse: ApiResponse,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { status, headers, body, delivery } = apiResponse;
  switch (delivery.kind) {
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "late":
      await delay(delivery.delayMs, undefined, { signal });
      sendWhole(apiResponse, response, signal);
      return;
    case "chunks":
      response.writeHead(status, headers).flushHeaders();
      for (const piece of splitBody(body, delivery.chunks)) {
        await delay(delivery.delayMs, undefined, { signal });
        response.write(piece);
      }
      response.end();
      return;
    case "cut":
      if (delivery.framing === "close") {
        // With neither a length nor chunks, the end of the connection is the end of the body.
        response.removeHeader("transfer-encoding");
        response.writeHead(status, { ...headers, connection: "close" });
        response.end(body.subarray(0, delivery.bytes));
        return;
      }
      response.writeHead(status, headers).flushHeaders();
      response.write(body.subarray(0, delivery.bytes), () => response.socket?.end());
      return;
    default:
      sendWhole(apiResponse, response, signal);
  }
}

function sendWhole(
  { status, headers, body, stream }: ApiResponse,
  response: ServerResponse,
  signal: AbortSignal,
): void {
  response.writeHead(status, headers);
  if (stream === undefined) response.end(body);
  else sendStream(stream, response, signal);
}

function sendStream(open: StreamSource, response: ServerResponse, signal: AbortSignal): void {
  // The client may have disconnected before the head was sent.
  if (signal.aborted) return;
  response.flushHeaders();
  const close = open({
    send: (chunk) => response.write(chunk),
    end: () => response.end(),
    reset: () => response.socket?.resetAndDestroy(),
  });
  signal.addEventListener("abort", close, { once: true });
}
