import { expect } from "chai";
import { until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import { createLocalClient } from "./local.ts";

/** Local evaluation where work goes on between requests: the document is polled. */
export const backgroundCases: readonly ContractCase[] = [
  {
    name: "local: a change arrives by polling, conditionally, and is reported",
    async run(context) {
      const changes: unknown[] = [];
      const local = createLocalClient(context, {
        environmentRefreshIntervalSeconds: 0.1,
        onEnvironmentChange: (error, { updatedAt }) => changes.push(error ?? updatedAt),
      });
      await local.ready();
      await until(async () => (await context.api.control.requests()).length > 1);
      const [first, second] = await context.api.control.requests();
      expect(first?.headers["if-modified-since"]).to.equal(undefined);
      expect(second?.headers["if-modified-since"]).to.be.a("string");
      expect(changes).to.have.lengthOf(1);

      await context.api.control.updateDocument((document) => {
        const state = document.feature_states.find(({ feature }) => feature.name === "max_items");
        if (state !== undefined) state.feature_state_value = 26;
      });
      await until(
        async () => (await local.getEnvironmentFlags()).getFeatureValue("max_items") === 26,
      );
      expect(changes.at(-1)).to.be.a("string");
      await local.close();
    },
  },
  {
    name: "local: a 403 stops polling, and updateEnvironment() starts it again",
    async run(context) {
      const client = createLocalClient(context, {
        environmentRefreshIntervalSeconds: 0.05,
        retries: 0,
      });
      await client.ready();
      await context.api.control.failNext(1, { kind: "status", status: 403 });
      const count = async () => (await context.api.control.requests()).length;
      await until(async () => (await count()) >= 2);
      const stopped = await count();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await count()).to.equal(stopped);
      await client.updateEnvironment();
      await until(async () => (await count()) >= stopped + 3);
      await client.close();
    },
  },
];
