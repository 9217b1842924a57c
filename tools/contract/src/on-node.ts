// Runs the suite on Node.js or Bun, with the adapter found from here: node on-node.mjs <setup as JSON>
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { inspect } from "node:util";
import * as adapter from "@flagsmith-isomorphic/node";
import { createApiControl } from "@flagsmith-isomorphic/testing";
import { ProxyAgent } from "undici";
import { agentCases, noAgentCases } from "./cases/agent.ts";
import { corpusCases } from "./cases/corpora.ts";
import { environmentKey } from "./client.ts";
import { type ContractResult, runContract, type ServedApi } from "./contract.ts";
import { contract } from "./suite.ts";

interface Setup {
  readonly url: string;
  readonly elsewhereUrl: string;
  /** Where the corpora are, if they are at hand. */
  readonly corporaUrl?: string;
}

// A function, because CommonJS has no await at the top.
async function main({ url, elsewhereUrl, corporaUrl }: Setup): Promise<void> {
  const unhandled: unknown[] = [];
  process.on("unhandledRejection", (reason) => unhandled.push(reason));

  const isBun = "bun" in process.versions;
  const proxy = isBun ? undefined : await startProxy();
  const agent = proxy && new ProxyAgent(proxy.url);
  const cases = proxy && agent ? agentCases({ agent, carried: proxy.carried }) : noAgentCases;
  const judged = corporaUrl === undefined ? [] : corpusCases(corporaUrl);
  const all = [...contract, ...cases, ...judged];
  const results: ContractResult[] = await runContract(all, {
    adapter,
    api: served(url),
    elsewhere: served(elsewhereUrl),
    inspect: (value) => inspect(value, { depth: 20, showHidden: true }),
    resendsAfterReset: isBun,
  });
  await agent?.close();
  await proxy?.close();
  results.push({
    name: "no fault leaves a rejection unhandled",
    ...(unhandled.length > 0 && { failure: inspect(unhandled) }),
  });
  // Left open: local evaluation must not keep a finished process alive.
  const open = { environmentKey, apiUrl: url, enableLocalEvaluation: true };
  await new adapter.Flagsmith(open).ready();
  process.stdout.write(`${JSON.stringify(results)}\n`);
  // No process.exit: that the process ends by itself is part of the contract.
}

void main(JSON.parse(process.argv[2] ?? "{}") as Setup);

function served(apiUrl: string): ServedApi {
  const { origin } = new URL(apiUrl);
  return { url: apiUrl, origin, control: createApiControl(origin, fetch) };
}

/** A proxy that tunnels (CONNECT), and counts. */
async function startProxy() {
  let carried = 0;
  const server = createServer().on("connect", (request, socket) => {
    carried += 1;
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
    carried: () => carried,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
