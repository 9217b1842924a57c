import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to servers that listen on port 0. Otherwise one of these could take the port first. */
const [minPort, maxPort] = [20_000, 30_000];

/** Finds a port of the loopback interface for a server that needs to know its port before it listens. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = minPort + Math.floor(Math.random() * (maxPort - minPort));
    const server = createServer();
    try {
      await once(server.listen(port, "127.0.0.1"), "listening");
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
