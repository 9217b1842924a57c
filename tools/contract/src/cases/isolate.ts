import { expect } from "chai";
import { createMemoryStorage, setMaxItems } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import { createLocalClient } from "./local.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A request whose background work can be waited for. */
export function recordingRequest(): {
  readonly waitUntil: (promise: Promise<unknown>) => void;
  readonly work: Promise<unknown>[];
} {
  const work: Promise<unknown>[] = [];
  return { waitUntil: (promise: Promise<unknown>) => void work.push(promise), work };
}

/** Local evaluation where nothing runs between requests. */
export const isolateCases: readonly ContractCase[] = [
  {
    name: "isolate: a stale document is served at once and refreshed under waitUntil, conditionally",
    async run(context) {
      const failures: unknown[] = [];
      const client = createLocalClient(context, {
        environmentRefreshIntervalSeconds: 0.05,
        onEnvironmentChange: (error) => void (error && failures.push(error)),
      });
      await client.ready();
      await pause(80);
      const request = recordingRequest();
      const flags = await client.forRequest(request).getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(request.work).to.have.lengthOf(1);
      await Promise.all(request.work);
      // The 304 is an answer, and no failure.
      expect(failures).to.deep.equal([]);
      const [, second] = await context.api.control.requests();
      expect(second?.headers["if-modified-since"]).to.be.a("string");
    },
  },
  {
    name: "isolate: a change is seen once a request has refreshed the document",
    async run(context) {
      const client = createLocalClient(context, { environmentRefreshIntervalSeconds: 0.05 });
      await client.ready();
      await setMaxItems(context.api.control, 26);
      await pause(80);
      const request = recordingRequest();
      await client.forRequest(request).getEnvironmentFlags();
      await Promise.all(request.work);
      const flags = await client.forRequest(recordingRequest()).getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(26);
    },
  },
  {
    name: "isolate: a stale document is served while the API hangs, with and without waitUntil",
    async run(context) {
      const client = createLocalClient(context, { environmentRefreshIntervalSeconds: 0.05 });
      await client.ready();
      await pause(80);
      await context.api.control.failNext(99, { kind: "hang" });
      const request = recordingRequest();
      let begin = Date.now();
      const flags = await client.forRequest(request).getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(Date.now() - begin).to.be.below(200);
      // It ends by its deadline, and rejects nobody.
      await Promise.all(request.work);
      await pause(60);
      begin = Date.now();
      await client.getEnvironmentFlags();
      expect(Date.now() - begin).to.be.below(1500);
    },
  },
  {
    name: "isolate: one request sees one version of the environment",
    async run(context) {
      const client = createLocalClient(context);
      const scope = client.forRequest(recordingRequest());
      const before = await scope.getEnvironmentFlags();
      await setMaxItems(context.api.control, 26);
      await client.updateEnvironment();
      const after = await scope.getIdentityFlags("zoe");
      expect(after.getFeatureValue("max_items")).to.equal(before.getFeatureValue("max_items"));
      expect((await client.getEnvironmentFlags()).getFeatureValue("max_items")).to.equal(26);
    },
  },
  {
    name: "isolate: two isolates share a store, and a warm one saves the API call",
    async run(context) {
      const storage = createMemoryStorage();
      const options = { storage, storageCheckIntervalSeconds: 0 };
      const first = createLocalClient(context, options);
      await first.ready();
      await context.api.control.clearRequests();
      const second = createLocalClient(context, options);
      const flags = await second.getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(await context.api.control.requests()).to.have.lengthOf(0);

      await setMaxItems(context.api.control, 26);
      await first.updateEnvironment();
      await context.api.control.clearRequests();
      const changed = await second.getEnvironmentFlags();
      expect(changed.getFeatureValue("max_items")).to.equal(26);
      expect(await context.api.control.requests()).to.have.lengthOf(0);
    },
  },
];
