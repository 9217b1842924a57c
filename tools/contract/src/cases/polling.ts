import { expect } from "chai";
import { createLocalClient } from "../client.ts";
import { setMaxItems, until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import { createRecordingRequest } from "./isolate.ts";

/** Stops the process with all its timers, as a host that freezes it between requests does. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

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
    name: "polling: after a freeze, a request refreshes the document under its waitUntil",
    async run(context) {
      const { control } = context.api;
      const intervalSeconds = 2;
      const client = createLocalClient(context, {
        environmentRefreshIntervalSeconds: intervalSeconds,
      });
      await client.ready();
      // The first interval can be short. After another load it is whole, so that no load is in flight during the change.
      await client.updateEnvironment();
      await setMaxItems(control, 26);
      // Longer than the two intervals after which a document is overdue.
      freeze(2100 * intervalSeconds);
      const request = createRecordingRequest();
      // The expired timer has not run yet.
      const stale = await client.forRequest(request).getEnvironmentFlags();
      expect(stale.getFeatureValue("max_items")).to.equal(25);
      expect(request.work).to.have.lengthOf(1);
      await Promise.all(request.work);
      const fresh = await client.forRequest(createRecordingRequest()).getEnvironmentFlags();
      expect(fresh.getFeatureValue("max_items")).to.equal(26);
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
