import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import {
  createOfrepHandler,
  type OfrepHandler,
  type OfrepHandlerOptions,
} from "@flagsmith-isomorphic/core/ofrep";
import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import { onTestFinished } from "vitest";
import { document } from "./environment.ts";
import { createClient } from "./provider.ts";

/** The token of the handlers in tests. */
export const token = "secret-token";

/** A handler that is served on a port. */
interface ServedOfrep {
  readonly api: FlagsmithApi;
  readonly flagsmith: ReturnType<typeof createClient>;
  readonly handle: OfrepHandler;
  /** The `baseUrl` of a provider. */
  readonly baseUrl: string;
  /** The statuses of all responses. */
  readonly statuses: readonly number[];
}

/** Serves OFREP over HTTP until the test ends. */
export async function serveOfrep(
  options: Partial<OfrepHandlerOptions> = { token },
): Promise<ServedOfrep> {
  const api = createFlagsmithApi({ document });
  const flagsmith = createClient(api);
  const handle = createOfrepHandler({ flagsmith, ...options });
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    const { url = "/", method = "GET" } = request;
    const answer = await handle(
      new Request(`http://127.0.0.1${url}`, {
        method,
        headers: request.headers as Record<string, string>,
        ...(method === "POST" && { body: await text(request) }),
      }),
    );
    statuses.push(answer.status);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { api, flagsmith, handle, baseUrl: `http://127.0.0.1:${port}`, statuses };
}
