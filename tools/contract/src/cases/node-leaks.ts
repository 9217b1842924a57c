import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { createReportingClient } from "./reports.ts";
import { createStreamingClient } from "./streaming.ts";

/** Bun's own, where this is Bun. */
declare const Bun: { gc(isThorough: boolean): void } | undefined;

/** Node has none unless it is asked for it. */
function collectGarbage(): void {
  if (typeof Bun !== "undefined") {
    Bun.gc(true);
    return;
  }
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

async function heapBytes(): Promise<number> {
  for (let count = 0; count < 3; count++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return process.memoryUsage().heapUsed;
}

/** A client that does all it can do in the background, and is closed. */
async function liveOnce(context: ContractContext, document: unknown): Promise<void> {
  const client = createReportingClient(context, {
    enableLocalEvaluation: true,
    // Ten thousand connections would be the system's to fail.
    fetch: async (_url, { method }) =>
      method === "GET" ? Response.json(document) : new Response(null, { status: 200 }),
  });
  (await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
  client.trackEvent("checkout");
  await client.close();
}

const streamsPerRound = 10;

/** As many clients open their streams, and are closed. */
async function followOnce(context: ContractContext): Promise<void> {
  const { api } = context;
  const clients = Array.from({ length: streamsPerRound }, () => createStreamingClient(context));
  await Promise.all(clients.map((client) => client.ready()));
  await until(async () => (await api.control.openStreams()) === streamsPerRound);
  await Promise.all(clients.map((client) => client.close()));
  await until(async () => (await api.control.openStreams()) === 0);
}

/** What Node.js and Bun let a program see of what it leaves behind. */
export const leakCases: readonly ContractCase[] = [
  {
    name: "10,000 clients that come and go leave no memory, timer, socket or listener behind",
    async run(context) {
      const document = await context.api.control.document();
      const small = {
        ...document,
        identity_overrides: [],
        feature_states: document.feature_states.slice(0, 5),
        project: { ...document.project, segments: [] },
      };
      for (let count = 0; count < 1000; count++) await liveOnce(context, small);
      const heap = await heapBytes();
      const resources = process.getActiveResourcesInfo().length;
      const listeners = process.listenerCount("beforeExit");
      for (let count = 0; count < 9000; count++) await liveOnce(context, small);
      expect(process.listenerCount("beforeExit")).to.equal(listeners);
      expect(process.getActiveResourcesInfo().length).to.be.at.most(resources);
      expect((await heapBytes()) - heap).to.be.below(2_000_000);
    },
  },
  {
    name: "realtime: 300 streams that are opened and closed leave no memory, timer, socket or listener behind",
    async run(context) {
      for (let round = 0; round < 5; round++) await followOnce(context);
      await context.api.control.clearRequests();
      const heap = await heapBytes();
      const resources = process.getActiveResourcesInfo().length;
      const listeners = process.listenerCount("beforeExit");
      for (let round = 0; round < 30; round++) await followOnce(context);
      expect(process.listenerCount("beforeExit")).to.equal(listeners);
      // A connection may be a moment on its way out.
      await until(async () => process.getActiveResourcesInfo().length <= resources);
      await context.api.control.clearRequests();
      expect((await heapBytes()) - heap).to.be.below(2_000_000);
    },
  },
];
