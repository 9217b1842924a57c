import type { Flagsmith } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { type ClientOptions, createLocalClient, shortTimeout } from "../client.ts";
import { createMemoryStorage, pause, setMaxItems } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

/** Creates a request that records its background work. */
export function createRecordingRequest() {
  const work: Promise<unknown>[] = [];
  return { waitUntil: (promise: Promise<unknown>) => void work.push(promise), work };
}

/** Creates a client whose document is stale. */
async function createStaleClient(
  context: ContractContext,
  options?: ClientOptions,
): Promise<Flagsmith> {
  const client = createLocalClient(context, {
    environmentRefreshIntervalSeconds: 1,
    ...options,
  });
  await client.ready();
  await pause(1600);
  return client;
}

/** Local evaluation on runtimes without background work. */
export const isolateCases: readonly ContractCase[] = [
  {
    name: "isolate: a stale document is used while waitUntil refreshes it",
    mostlyWaits: true,
    async run(context) {
      const { control } = context.api;
      const errors: unknown[] = [];
      const client = await createStaleClient(context, {
        onEnvironmentChange: (error) => void (error && errors.push(error)),
      });
      const request = createRecordingRequest();
      const flags = await client.forRequest(request).getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(request.work).to.have.lengthOf(1);
      await Promise.all(request.work);
      const [, second] = await control.requests();
      expect(second?.headers["if-modified-since"]).to.equal(undefined);
      expect(errors).to.deep.equal([]);
    },
  },
  {
    name: "isolate: a change is used once a request has refreshed the document",
    mostlyWaits: true,
    async run(context) {
      const client = await createStaleClient(context);
      await setMaxItems(context.api.control, 26);
      const request = createRecordingRequest();
      await client.forRequest(request).getEnvironmentFlags();
      await Promise.all(request.work);
      const flags = await client.forRequest(createRecordingRequest()).getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(26);
    },
  },
  {
    name: "isolate: with waitUntil a stale document is used while the API hangs",
    mostlyWaits: true,
    async run(context) {
      const events: string[] = [];
      const client = await createStaleClient(context, {
        ...shortTimeout,
        retries: 0,
        onEnvironmentChange: (error) => void (error && events.push("refresh failed")),
      });
      await context.api.control.failNext(99, { kind: "hang" });
      const request = createRecordingRequest();
      const flags = await client.forRequest(request).getEnvironmentFlags();
      events.push("flags");
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      // The refresh ends by its timeout, and does not reject.
      await Promise.all(request.work);
      expect(events).to.deep.equal(["flags", "refresh failed"]);
    },
  },
  {
    name: "isolate: without waitUntil a stale document is used before a hung refresh ends",
    mostlyWaits: true,
    async run(context) {
      const errors: unknown[] = [];
      const client = await createStaleClient(context, {
        onEnvironmentChange: (error) => void (error && errors.push(error)),
      });
      await context.api.control.failNext(99, { kind: "hang" });
      const flags = await client.getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(errors).to.deep.equal([]);
    },
  },
  {
    name: "isolate: a request uses one version of the document",
    async run(context) {
      const client = createLocalClient(context);
      const scope = client.forRequest(createRecordingRequest());
      const before = await scope.getEnvironmentFlags();
      await setMaxItems(context.api.control, 26);
      await client.updateEnvironment();
      const after = await scope.getIdentityFlags("zoe");
      expect(after.getFeatureValue("max_items")).to.equal(before.getFeatureValue("max_items"));
      expect((await client.getEnvironmentFlags()).getFeatureValue("max_items")).to.equal(26);
    },
  },
  {
    name: "isolate: isolates with a common store need one API request",
    async run(context) {
      const { control } = context.api;
      const options = { storage: createMemoryStorage(), storageCheckIntervalSeconds: 0 };
      const first = createLocalClient(context, options);
      await first.ready();
      await control.clearRequests();
      const second = createLocalClient(context, options);
      const flags = await second.getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(await control.requests()).to.have.lengthOf(0);

      await setMaxItems(control, 26);
      await first.updateEnvironment();
      await control.clearRequests();
      const changed = await second.getEnvironmentFlags();
      expect(changed.getFeatureValue("max_items")).to.equal(26);
      expect(await control.requests()).to.have.lengthOf(0);
    },
  },
];
