// Runs the suite on Node.js or Bun, with the packages that are installed beside it: node on-node.mjs <setup as JSON>
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { inspect } from "node:util";
import * as ownPackage from "@flagsmith-isomorphic/node";
import { undiciFetch } from "@flagsmith-isomorphic/node/undici";
import * as installed from "flagsmith-isomorphic";
import { ProxyAgent } from "undici";
import { backgroundContract, backgroundLeakCases } from "./background-suite.ts";
import { agentCases, noAgentCases } from "./cases/agent.ts";
import { singlePackageCases } from "./cases/single-package.ts";
import { nodeProbe } from "./resource-probe-on-node.ts";
import { runSuite, type SuiteSetup } from "./run-suite.ts";

// CommonJS has no top-level await.
async function main(setup: SuiteSetup): Promise<void> {
  const unhandled: unknown[] = [];
  process.on("unhandledRejection", (reason) => unhandled.push(reason));
  process.on("uncaughtException", (error) => unhandled.push(error));

  const isBun = "bun" in process.versions;
  const isModule = process.argv[1]?.endsWith(".mjs");
  const proxy = isBun ? undefined : await startProxy();
  const agent = proxy && new ProxyAgent(proxy.url);
  const adapter = setup.usesUndici ? { ...installed, Flagsmith: UndiciFlagsmith } : installed;
  const runtime = {
    adapter,
    inspect: (value: unknown) => inspect(value, { depth: 20, showHidden: true }),
    resendsAfterReset: isBun ? (["GET"] as const) : [],
    cases: [
      ...backgroundContract(setup.storeFolder),
      ...(isModule ? backgroundLeakCases(nodeProbe) : []),
      ...singlePackageCases(installed, ownPackage),
      ...(proxy && agent ? agentCases({ agent, carried: proxy.tunnelCount }) : noAgentCases),
    ],
  };
  try {
    await runSuite(setup, runtime, unhandled);
    const isWhole = setup.caseTexts.length === 0;
    if (setup.usesUndici && isWhole && undiciRequestCount === 0) {
      throw new Error("No request was sent with undiciFetch.");
    }
  } finally {
    await agent?.close();
    await proxy?.close();
  }
}

main(JSON.parse(process.argv[2] ?? "{}") as SuiteSetup).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

const nodeFetch = globalThis.fetch;
let undiciRequestCount = 0;

/** A client that sends its requests with `undiciFetch`, unless a case replaces the `fetch` of Node.js. */
class UndiciFlagsmith extends installed.Flagsmith {
  constructor(options: installed.FlagsmithOptions) {
    const fetch: typeof undiciFetch = (...request) => {
      if (globalThis.fetch !== nodeFetch) return globalThis.fetch(...request);
      undiciRequestCount += 1;
      return undiciFetch(...request);
    };
    // Options that are an instance of a class are passed unchanged, because a copy loses its class.
    super(Object.getPrototypeOf(options) === Object.prototype ? { fetch, ...options } : options);
  }
}

/** Starts a proxy that tunnels connections (CONNECT) and counts them. */
async function startProxy() {
  let tunnelCount = 0;
  const server = createServer().on("connect", (request, socket) => {
    tunnelCount += 1;
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(socket).pipe(target);
    });
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnelCount: () => tunnelCount,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
