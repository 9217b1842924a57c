import type { FlagsmithOptions } from "@flagsmith-isomorphic/core";
import type { WireDocument } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { captureRejection, createClient, environmentKey } from "../client.ts";
import { createMemoryStorage, setMaxItems, until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

const premium = { plan: "premium", age: 42, country: "CH", beta: true };

/** A client with local evaluation. */
export function createLocalClient(
  context: ContractContext,
  options: Partial<FlagsmithOptions> = {},
) {
  return createClient(context, { enableLocalEvaluation: true, ...options });
}

async function documentOf({ api }: ContractContext): Promise<WireDocument> {
  return api.control.document();
}

/** Local evaluation and offline mode while all is well. */
export const localCases: readonly ContractCase[] = [
  {
    name: "local: identities get the flags that the API would give, from one request for the document",
    async run(context) {
      const remote = createClient(context);
      const expected = (await remote.getIdentityFlags("alice", premium, true)).allFlags();
      await context.api.control.clearRequests();
      const local = createLocalClient(context);
      const flags = (await local.getIdentityFlags("alice", premium)).allFlags();
      expect(
        flags.map(({ featureName, enabled, value }) => [featureName, enabled, value]),
      ).to.deep.equal(
        expected.map(({ featureName, enabled, value }) => [featureName, enabled, value]),
      );
      await local.getIdentityFlags("erin", premium);
      await local.getEnvironmentFlags();
      const requests = await context.api.control.requests();
      expect(requests.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
        "GET /api/v1/environment-document/",
      ]);
      await local.close();
    },
  },
  {
    name: "local: flags tell their reason, variant and id",
    async run(context) {
      const local = createLocalClient(context);
      const flags = await local.getIdentityFlags("alice", premium);
      expect(flags.getFlag("max_items")).to.deep.equal({
        featureName: "max_items",
        featureId: 6,
        enabled: true,
        value: 99,
        isDefault: false,
        reason: "TARGETING_MATCH; segment=identity_overrides",
        variant: null,
        experiment: undefined,
      });
      expect(flags.getFlag("mv_keys")).to.include({ value: "first", variant: "variant-a" });
      expect(flags.getFlag("nope")).to.include({ enabled: false, isDefault: true });
      await local.close();
    },
  },
  {
    name: "local: segments and a synchronous snapshot; remote mode has neither",
    async run(context) {
      const local = createLocalClient(context);
      const segments = await local.getIdentitySegments("alice", premium);
      expect(segments.map(({ name }) => name)).to.include("equal_string");
      const snapshot = await local.getSnapshot();
      expect(snapshot.identitySegments("alice", premium)).to.deep.equal(segments);
      expect(snapshot.identityFlags("alice").getFeatureValue("max_items")).to.equal(99);
      expect(snapshot.environmentFlags().getFeatureValue("max_items")).to.equal(25);
      await local.close();
      const remote = createClient(context, { defaultFlagHandler: () => ({ enabled: true }) });
      expect(await captureRejection(remote.getSnapshot())).to.include({ code: "NO_ENVIRONMENT" });
      const asked = remote.getIdentitySegments("alice");
      expect(await captureRejection(asked)).to.include({ code: "NO_ENVIRONMENT" });
    },
  },
  {
    name: "local: what a caller does to traits, flags and segments changes no other answer",
    async run(context) {
      const local = createLocalClient(context);
      const traits: Record<string, string> = { plan: "premium" };
      const flags = await local.getIdentityFlags("zoe", traits);
      traits["plan"] = "free";
      const before = flags.getFlag("in_equal_string").value;
      expect(before).to.equal("in");
      Object.assign(flags.getFlag("in_equal_string"), { value: "changed" });
      for (const segment of await local.getIdentitySegments("zoe", { plan: "premium" })) {
        Object.assign(segment, { name: "changed" });
      }
      expect(flags.getFlag("in_equal_string").value).to.equal("in");
      const segments = await local.getIdentitySegments("zoe", { plan: "premium" });
      expect(JSON.stringify(segments)).not.to.include("changed");
      const other = await local.getIdentityFlags("zoe");
      expect(other.getFlag("in_equal_string").value).to.equal("out");
      await local.close();
    },
  },
  {
    name: "local: pages of identity overrides are all followed",
    async run(context) {
      const local = createLocalClient(context, { apiUrl: context.elsewhere.url });
      const { identity_overrides: overrides } = await documentOf(context);
      expect(overrides?.length).to.be.above(1);
      const flags = await local.getIdentityFlags("alice");
      expect(flags.getFeatureValue("max_items")).to.equal(99);
      const pages = await context.elsewhere.control.requests();
      expect(pages.length).to.be.above(1);
      await local.close();
    },
  },
  {
    name: "local: a document that is sent again is no change",
    async run(context) {
      const told: unknown[] = [];
      const client = createLocalClient(context, {
        onEnvironmentChange: (error) => void told.push(error),
      });
      await client.ready();
      // Asked for without a condition: no 304 can answer it.
      await client.updateEnvironment();
      expect(told).to.deep.equal([null]);
      await setMaxItems(context.api.control, 26);
      await client.updateEnvironment();
      expect(told).to.deep.equal([null, null]);
      await client.close();
    },
  },
  {
    name: "local: after close() memory answers and no request is made",
    async run(context) {
      const local = createLocalClient(context, { environmentRefreshIntervalSeconds: 0.05 });
      await local.ready();
      await local.close();
      await context.api.control.clearRequests();
      expect((await local.getEnvironmentFlags()).getFeatureValue("max_items")).to.equal(25);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await context.api.control.requests()).to.have.lengthOf(0);
      const early = createLocalClient(context);
      await early.close();
      expect(await captureRejection(early.getEnvironmentFlags())).to.include({ code: "CLOSED" });
    },
  },
  {
    name: "local: a client-side key is refused at construction",
    async run(context) {
      const construct = () => createLocalClient(context, { environmentKey: "client-side" });
      expect(construct).to.throw(context.adapter.FlagsmithClientError, "environmentKey");
    },
  },
  {
    name: "storage: a restart is served from it without a request, and only for its own environment",
    async run(context) {
      const storage = createMemoryStorage();
      const before = createLocalClient(context, { storage });
      await before.ready();
      await until(async () => storage.values.size === 1);
      await before.close();
      for (const [key, value] of storage.values) {
        expect(key).to.match(/^[A-Za-z0-9_-]+$/);
        expect(`${key}${value}`).not.to.include(environmentKey);
      }
      await context.api.control.reset();
      await context.api.control.failNext(99, { kind: "status", status: 500 });

      const after = createLocalClient(context, { storage });
      expect((await after.getIdentityFlags("alice")).getFeatureValue("max_items")).to.equal(99);
      expect(await context.api.control.requests()).to.have.lengthOf(0);
      await after.close();

      const another = createLocalClient(context, {
        storage,
        environmentKey: "ser.another",
        retries: 0,
      });
      expect(await captureRejection(another.getEnvironmentFlags())).to.include({
        code: "API_STATUS",
      });
      await another.close();
    },
  },
  {
    name: "offline: the handler's document answers, without a key and without a request",
    async run(context) {
      const document = await documentOf(context);
      const offline = new context.adapter.Flagsmith({
        offlineMode: true,
        offlineHandler: { getEnvironment: () => document },
        apiUrl: context.api.url,
      });
      expect((await offline.getIdentityFlags("alice")).getFeatureValue("max_items")).to.equal(99);
      expect((await offline.getEnvironmentFlags()).getFlag("nope").isDefault).to.equal(true);
      expect(await context.api.control.requests()).to.have.lengthOf(0);
      await offline.close();
    },
  },
];
