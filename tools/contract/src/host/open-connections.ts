import { subscribe } from "node:diagnostics_channel";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** Open connections to each port that this process serves. */
const open = new Map<number, Set<Socket>>();

subscribe("net.server.socket", (message) => {
  const { socket } = message as { readonly socket: Socket };
  const { localPort = 0 } = socket;
  const sockets = open.get(localPort) ?? new Set();
  open.set(localPort, sockets.add(socket));
  socket.once("close", () => sockets.delete(socket));
});

/**
 * Serves, at an address of its own, the number of connections that are open to the given URLs.
 *
 * A POST also lets them die silently: they stay open, but this process reads nothing from them any more.
 */
export async function serveOpenConnections(urls: readonly string[]): Promise<{
  readonly url: string;
  readonly close: () => Promise<unknown>;
}> {
  const ports = urls.map((url) => Number(new URL(url).port));
  const server = createServer(({ method }, response) => {
    const sockets = ports.flatMap((port) => [...(open.get(port) ?? [])]);
    if (method === "POST") for (const socket of sockets) socket.pause();
    response.shouldKeepAlive = false;
    response.end(String(sockets.length));
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
