import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiResponse, piecesOf } from "./answer.ts";
import type { FlagsmithApi } from "./api.ts";
import type { ApiRequest } from "./api-request.ts";
import type { StreamSource } from "./event-streams.ts";

/** Where to serve. */
export interface ServeOptions {
  /** @defaultValue 0: any free port */
  readonly port?: number;
  /** @defaultValue `"127.0.0.1"` */
  readonly hostname?: string;
  /**
   * Whether a connection serves more than one request. With `false` a request that is reset reaches
   * the API exactly once: over a connection used before, some runtimes send it again by themselves.
   * @defaultValue `true`
   */
  readonly keepAlive?: boolean;
}

/** An API that listens on a port. */
export interface ServedFlagsmithApi {
  /** The `apiUrl` for a client, with its trailing slash. */
  readonly url: string;
  readonly origin: string;
  /** Stops at once: connections that still wait are cut. */
  close(): Promise<void>;
}

/** Serves the API over HTTP; its faults happen on the socket. */
export async function serveFlagsmithApi(
  api: Pick<FlagsmithApi, "handle">,
  { port = 0, hostname = "127.0.0.1", keepAlive = true }: ServeOptions = {},
): Promise<ServedFlagsmithApi> {
  let origin = "";
  const clients = new Set<AbortController>();
  const server = createServer((request, response) => {
    if (!keepAlive) response.shouldKeepAlive = false;
    const gone = new AbortController();
    clients.add(gone);
    response.once("close", () => {
      clients.delete(gone);
      gone.abort();
    });
    serve(request, response, { api, origin, gone: gone.signal }).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, hostname, resolve);
  });
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/api/v1/`,
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // The server is told of its end before its sockets tell theirs: no stream may count till then.
        for (const client of clients) client.abort();
        server.closeAllConnections();
      }),
  };
}

interface Served {
  readonly api: Pick<FlagsmithApi, "handle">;
  readonly origin: string;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { api, origin, gone }: Served,
): Promise<void> {
  const answer = await api.handle(await readRequest(request, origin));
  try {
    await deliver(answer, response, gone);
  } catch (error) {
    // The client went away while an answer was on its way: nobody is left to tell.
    if (!gone.aborted) throw error;
  }
}

async function readRequest(request: IncomingMessage, origin: string): Promise<ApiRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
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
    body: Buffer.concat(chunks),
  };
}

async function deliver(
  { status, headers, body, stream, delivery }: ApiResponse,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const finish = () => {
    response.writeHead(status, headers);
    if (stream === undefined) response.end(body);
    else keepOpen(stream, response, signal);
  };
  switch (delivery.kind) {
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "late":
      await delay(delivery.delayMs, undefined, { signal });
      finish();
      return;
    case "chunks":
      response.writeHead(status, headers).flushHeaders();
      for (const piece of piecesOf(body, delivery.chunks)) {
        await delay(delivery.delayMs, undefined, { signal });
        response.write(piece);
      }
      response.end();
      return;
    case "cut": {
      const sent = body.subarray(0, delivery.bytes);
      if (delivery.framing === "close") {
        // Neither a length nor chunks: the end of the connection is the end of the body.
        response.removeHeader("transfer-encoding");
        response.writeHead(status, { ...headers, connection: "close" }).end(sent);
        return;
      }
      response.writeHead(status, headers).flushHeaders();
      response.write(sent, () => response.socket?.end());
      return;
    }
    default:
      finish();
  }
}

function keepOpen(open: StreamSource, response: ServerResponse, signal: AbortSignal): void {
  // The client may have gone while it was waiting for the head.
  if (signal.aborted) return;
  response.flushHeaders();
  const close = open({
    send: (chunk) => response.write(chunk),
    end: () => response.end(),
    reset: () => response.socket?.resetAndDestroy(),
  });
  signal.addEventListener("abort", close, { once: true });
}
