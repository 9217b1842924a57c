import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hasCorpora, readCorpora } from "corpora/read";

/** Corpora that are served on a port. */
interface ServedCorpora {
  readonly url: string;
  close(): void;
}

/** Serves the corpora to every runtime. Returns `undefined` if the checkout has none beside it. */
export async function serveCorpora(): Promise<ServedCorpora | undefined> {
  if (!hasCorpora) return undefined;
  const body = JSON.stringify(readCorpora());
  const server = createServer((_request, response) => {
    response.shouldKeepAlive = false;
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
