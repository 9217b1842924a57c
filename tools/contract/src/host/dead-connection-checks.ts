import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { type AddressInfo, connect, createServer as createProxy, type Socket } from "node:net";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { type CommandRuntime, commandRuntimes, deno, findUnavailability } from "runtimes";
import { generate } from "selfsigned";
import type { ContractResult } from "../contract.ts";

const execute = promisify(execFile);
const contractFolder = resolve(import.meta.dirname, "../..");
const host = "127.0.0.1";

/** A program whose connection dies. */
interface DeadConnection {
  readonly runtime: CommandRuntime;
  /** The `fetch` of the runtime, one that a version of undici installs, or `undiciFetch` with such a version. */
  readonly transport: "fetch" | "installed7" | "installed8" | "undici7" | "undici8";
  /** The protocol of the first request, as far as it is certain. */
  readonly protocol?: "1.1" | "2.0";
  readonly maxRetries: 0 | 5;
}

const connections: readonly DeadConnection[] = [
  ...[...commandRuntimes, deno].flatMap((runtime): DeadConnection[] => {
    const usesHttp2 = runtime.id === "node26" || runtime.id === deno.id;
    const protocol = usesHttp2 ? ({ protocol: "2.0" } as const) : {};
    return ([5, 0] as const).map((maxRetries) => {
      return { runtime, transport: "fetch", maxRetries, ...protocol };
    });
  }),
  ...commandRuntimes
    .filter(({ id }) => id === "node24" || id === "node26")
    .flatMap((runtime) =>
      (["installed7", "installed8", "undici7", "undici8"] as const).map(
        (transport): DeadConnection => ({
          runtime,
          transport,
          protocol: transport === "installed8" ? "2.0" : "1.1",
          maxRetries: 5,
        }),
      ),
    ),
];

/** Checks that one attempt is lost if the connection to an API with HTTP/2 dies without being closed. */
export async function checkDeadConnections(): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const connection of connections) {
    const { runtime, transport, maxRetries } = connection;
    const name = `a dead connection fails one attempt, with ${transport} and ${maxRetries} retries on ${runtime.name}`;
    const skipped = findUnavailability(runtime);
    if (skipped !== undefined) results.push({ name, skipped });
    else {
      const failure = await runProgram(connection).catch((error: Error) => error.message);
      results.push(failure === undefined ? { name } : { name, failure });
    }
  }
  return results;
}

/** Resolves to a failure. */
async function runProgram({ runtime, transport, protocol, maxRetries }: DeadConnection) {
  await using api = await startApi();
  const entry = `@flagsmith-isomorphic/${runtime.id === deno.id ? "deno" : "node"}`;
  // The certificate is not one that the runtimes trust.
  const options =
    runtime.id === deno.id
      ? ["-A", `--unsafely-ignore-certificate-errors=${host}`]
      : ["--no-warnings"];
  const program = [...(runtime.args ?? []), ...options, "src/dead-connection.mjs"];
  const args = [entry, transport, api.url, api.cutUrl, String(maxRetries)];
  await execute(runtime.program, [...program, ...args], {
    cwd: contractFolder,
    env: { ...process.env, ...runtime.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    timeout: 60_000,
  });
  const [first] = api.protocols;
  return protocol !== undefined && first !== protocol
    ? `the first request used HTTP/${first} instead of HTTP/${protocol}`
    : undefined;
}

/** An API with HTTP/2 and HTTP/1.1, behind a proxy whose connections can die. */
async function startApi() {
  const flags = '[{"feature":{"id":1,"name":"max_items"},"enabled":true,"feature_state_value":25}]';
  const protocols: string[] = [];
  const { private: key, cert } = await generate([{ name: "commonName", value: host }]);
  const api = createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => {
    protocols.push(request.httpVersion);
    response.setHeader("content-type", "application/json");
    response.end(flags);
  });
  const apiPort = await listen(api);
  const sockets = new Set<Socket>();
  const proxy = createProxy((client) => {
    const server = connect(apiPort, host);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) {
      sockets.add(socket);
      // A reset ends the connection.
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
  });
  // Stops the connections without closing them, as a firewall does that has forgotten them.
  const control = createServer((_request, response) => {
    for (const socket of sockets) socket.unpipe().pause();
    response.end();
  });
  const [port, controlPort] = [await listen(proxy), await listen(control)];
  return {
    url: `https://${host}:${port}/api/v1/`,
    cutUrl: `http://${host}:${controlPort}/`,
    protocols,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      control.closeAllConnections();
      await Promise.all(
        [api, proxy, control].map((server) => promisify(server.close.bind(server))()),
      );
    },
  };
}

async function listen(server: {
  listen(port: number, host: string): NodeJS.EventEmitter;
  address(): AddressInfo | string | null;
}): Promise<number> {
  await once(server.listen(0, host), "listening");
  return (server.address() as AddressInfo).port;
}
