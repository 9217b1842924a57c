import { expect } from "chai";
import { createLocalClient } from "../client.ts";
import { setMaxItems, until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

/** Polling for the document on runtimes with background work. */
export const pollingCases: readonly ContractCase[] = [
  {
    name: "polling: a change is seen and reported, without conditional requests",
    async run(context) {
      const { control } = context.api;
      const changes: unknown[] = [];
      const local = createLocalClient(context, {
        environmentRefreshIntervalSeconds: 0.1,
        onEnvironmentChange: (error, { updatedAt }) => changes.push(error ?? updatedAt),
      });
      await local.ready();
      await until(async () => (await control.requests()).length > 1);
      for (const { headers } of await control.requests()) {
        expect(headers["if-modified-since"]).to.equal(undefined);
      }
      expect(changes).to.have.lengthOf(1);

      await setMaxItems(control, 26);
      await until(
        async () => (await local.getEnvironmentFlags()).getFeatureValue("max_items") === 26,
      );
      expect(changes).to.have.lengthOf(2);
      expect(changes[1]).to.be.a("string");
    },
  },
  {
    name: "polling: a 403 is reported once, and loading goes on",
    async run(context) {
      const { control } = context.api;
      const errors: unknown[] = [];
      const client = createLocalClient(context, {
        environmentRefreshIntervalSeconds: 0.05,
        retries: 0,
        onEnvironmentChange: (error) => error && errors.push(error),
      });
      await client.ready();
      await control.failNext(1, { kind: "status", status: 403 });
      await until(async () => errors.length === 1);
      await setMaxItems(control, 26);
      await until(
        async () => (await client.getEnvironmentFlags()).getFeatureValue("max_items") === 26,
      );
      expect(errors).to.have.lengthOf(1);
    },
  },
];
