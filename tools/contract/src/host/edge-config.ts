import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A Vercel Edge Config that serves single items. */
export interface EdgeConfigServer {
  /** Value of the environment variable `EDGE_CONFIG` on Vercel. */
  readonly connectionString: string;
  /** JSON values. */
  readonly items: Map<string, unknown>;
  /** Method and response status of each request. */
  readonly responses: string[];
}

/** Serves an empty Edge Config until `run` settles. */
export async function withEdgeConfig<T>(run: (server: EdgeConfigServer) => Promise<T>): Promise<T> {
  const items = new Map<string, unknown>();
  const responses: string[] = [];
  const server = createServer(({ method, url = "", headers }, response) => {
    const respond = (status: number, etag?: string, body?: string) => {
      responses.push(`${method} ${status}`);
      // With this digest, a client distinguishes a missing item from a missing Edge Config.
      const digest = status === 401 ? {} : { "x-edge-config-digest": "digest" };
      response.writeHead(status, { ...digest, ...(etag && { etag }) }).end(body);
    };
    if (headers.authorization !== "Bearer token") return respond(401);
    const [, key = ""] = /^\/ecfg_contract\/item\/([^?]+)/.exec(url) ?? [];
    const item = items.get(key);
    if (item === undefined) return respond(404);
    const body = JSON.stringify(item);
    const etag = `"${createHash("sha256").update(body).digest("hex")}"`;
    return headers["if-none-match"] === etag ? respond(304, etag) : respond(200, etag, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connectionString = `http://127.0.0.1:${port}/ecfg_contract?token=token`;
  try {
    return await run({ connectionString, items, responses });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
