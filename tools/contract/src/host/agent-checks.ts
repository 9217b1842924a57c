import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { commandRuntimes, findUnavailability } from "runtimes";
import type { ContractResult } from "../contract.ts";

const execute = promisify(execFile);
const contractFolder = resolve(import.meta.dirname, "../..");

/** Packages of undici by the major version, and the first Node.js that can load each. */
const versions: Readonly<Record<string, { readonly module: string; readonly minNode: number }>> = {
  "6": { module: "undici6", minNode: 20 },
  "7": { module: "undici", minNode: 20 },
  "8": { module: "undici8", minNode: 22 },
};

/**
 * Checks that the client works with agents of each version of undici on each Node.js: by itself, and with
 * `undiciFetch`.
 */
export async function checkAgents(): Promise<ContractResult[]> {
  const nodes = commandRuntimes.filter(({ id }) => id.startsWith("node"));
  const results: ContractResult[] = [];
  for (const node of nodes) {
    for (const [version, { module, minNode }] of Object.entries(versions)) {
      const name = `agents of undici ${version} work on ${node.name}`;
      const isSupported = Number(node.id.slice("node".length)) >= minNode;
      const skipped = isSupported ? findUnavailability(node) : "this Node.js cannot load it";
      if (skipped !== undefined) results.push({ name, skipped });
      else results.push(await runScript(name, node.program, module));
    }
  }
  return results;
}

async function runScript(name: string, program: string, module: string): Promise<ContractResult> {
  const args = ["--input-type=module", "-e", createScript(module)];
  try {
    await execute(program, args, { cwd: contractFolder, timeout: 60_000 });
    return { name };
  } catch (error) {
    return { name, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** A program that gets flags through several agents, with compressed, plain and long responses. */
const createScript = (module: string) => `
  import { strictEqual } from "node:assert";
  import { once } from "node:events";
  import { createServer } from "node:http";
  import { gzipSync } from "node:zlib";
  import { Flagsmith } from "@flagsmith-isomorphic/node";
  import { undiciFetch } from "@flagsmith-isomorphic/node/undici";
  import { Agent, Pool, RetryAgent } from "${module}";

  const flags = '[{"feature":{"id":1,"name":"max_items"},"enabled":true,"feature_state_value":25}]';
  const server = createServer((request, response) => {
    let sent = "";
    request.on("data", (text) => (sent += text)).on("end", () => {
      // Longer than what is read ahead, and without a content length.
      if (sent.includes("long")) response.write(" ".repeat(2_000_000));
      if (request.method === "POST") return response.end('{"flags":' + flags + "}");
      response.setHeader("content-encoding", "gzip");
      return response.end(gzipSync(flags));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = "http://127.0.0.1:" + server.address().port;
  const paths = [];
  const record = (dispatch) => (options, handler) => {
    paths.push(options.path);
    return dispatch(options, handler);
  };
  const agents = [new Agent(), new Agent().compose(record), new Pool(origin), new RetryAgent(new Agent())];
  for (const agent of agents) {
    for (const fetch of [undefined, undiciFetch]) {
      const options = { environmentKey: "ser.key", apiUrl: origin + "/api/v1/", agent, retries: 0 };
      const flagsmith = new Flagsmith({ ...options, fetch });
      for (const found of [
        await flagsmith.getEnvironmentFlags(),
        await flagsmith.getIdentityFlags("user-42"),
        await flagsmith.getIdentityFlags("long"),
      ]) {
        strictEqual(found.getFeatureValue("max_items"), 25);
      }
      await flagsmith.close();
    }
    await agent.close?.();
  }
  strictEqual(paths.length, 6);
  server.close();
`;
