import { subscribe } from "node:diagnostics_channel";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** Number of open connections to each port that this process serves. */
const open = new Map<number, number>();

function add(port: number, count: number): void {
  open.set(port, (open.get(port) ?? 0) + count);
}

subscribe("net.server.socket", (message) => {
  const { socket } = message as { readonly socket: Socket };
  const { localPort = 0 } = socket;
  add(localPort, 1);
  socket.once("close", () => add(localPort, -1));
});

/** Serves, at an address of its own, the number of connections that are open to the given URLs. */
export async function serveOpenConnections(urls: readonly string[]): Promise<{
  readonly url: string;
  readonly close: () => Promise<unknown>;
}> {
  const ports = urls.map((url) => Number(new URL(url).port));
  const server = createServer((_, response) => {
    response.shouldKeepAlive = false;
    response.end(String(ports.reduce((sum, port) => sum + (open.get(port) ?? 0), 0)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
