import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import { until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import { createRealtimeClient, listRequests } from "./realtime-client.ts";

/** Async contexts on runtimes with background work. */
export const asyncContextCases: readonly ContractCase[] = [
  {
    name: "async contexts: background work has none of the request that starts it",
    async run(context) {
      const contexts = new AsyncLocalStorage<string>();
      const seen: string[] = [];
      const client = createRealtimeClient(context, {
        environmentRefreshIntervalSeconds: 0.1,
        fetch: (url, init) => {
          seen.push(`${contexts.getStore()}`);
          return fetch(url, init);
        },
      });
      await contexts.run("request", () => client.ready());
      await until(async () => (await listRequests(context)).streams.length === 1);
      await until(async () => seen.length > 3);
      const [load, ...background] = seen;
      expect(load).to.equal("request");
      expect(new Set(background)).to.deep.equal(new Set(["undefined"]));
    },
  },
];
