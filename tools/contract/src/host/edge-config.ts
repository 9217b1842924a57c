import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A Vercel Edge Config, as far as clients read single items of it. */
export interface EdgeConfigServer {
  /** What Vercel puts into the environment variable `EDGE_CONFIG`. */
  readonly connectionString: string;
  /** JSON values. */
  readonly items: Map<string, unknown>;
  /** The method of each request, and the status of its answer. */
  readonly answers: string[];
}

/** Serves an empty one for as long as the run takes. */
export async function withEdgeConfig<T>(run: (served: EdgeConfigServer) => Promise<T>): Promise<T> {
  const items = new Map<string, unknown>();
  const answers: string[] = [];
  const server = createServer(({ method, url = "", headers }, response) => {
    const answer = (status: number, etag?: string, body?: string) => {
      answers.push(`${method} ${status}`);
      // By its digest a client tells an item that is missing from an Edge Config that is.
      const digest = status === 401 ? {} : { "x-edge-config-digest": "digest" };
      response.writeHead(status, { ...digest, ...(etag && { etag }) }).end(body);
    };
    if (headers.authorization !== "Bearer token") return answer(401);
    const [, key = ""] = /^\/ecfg_contract\/item\/([^?]+)/.exec(url) ?? [];
    const item = items.get(key);
    if (item === undefined) return answer(404);
    const body = JSON.stringify(item);
    const etag = `"${createHash("sha256").update(body).digest("hex")}"`;
    return headers["if-none-match"] === etag ? answer(304, etag) : answer(200, etag, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connectionString = `http://127.0.0.1:${port}/ecfg_contract?token=token`;
  try {
    return await run({ connectionString, items, answers });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
