import { expect } from "chai";
import { captureRejection, createClient, createLocalClient, environmentKey } from "../client.ts";
import {
  createMemoryStorage,
  pause,
  setMaxItems,
  settlesImmediately,
  until,
} from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

const premium = { plan: "premium", age: 42, country: "CH", beta: true };

/** Local evaluation and offline mode with a healthy API. */
export const localCases: readonly ContractCase[] = [
  {
    name: "local: identities get the API's flags, with one request for the document",
    async run(context) {
      const remote = createClient(context);
      const expected = (await remote.getIdentityFlags("alice", premium, true)).allFlags();
      await context.api.control.clearRequests();
      const local = createLocalClient(context);
      const flags = (await local.getIdentityFlags("alice", premium)).allFlags();
      const toRow = ({ featureName, enabled, value }: (typeof flags)[number]) => [
        featureName,
        enabled,
        value,
      ];
      expect(flags.map(toRow)).to.deep.equal(expected.map(toRow));
      await local.getIdentityFlags("erin", premium);
      await local.getEnvironmentFlags();
      const requests = await context.api.control.requests();
      expect(requests.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
        "GET /api/v1/environment-document/",
      ]);
    },
  },
  {
    name: "local: flags contain their reason, variant and id",
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
    },
  },
  {
    name: "local: segments and synchronous snapshots, which remote mode does not have",
    async run(context) {
      const local = createLocalClient(context);
      const segments = await local.getIdentitySegments("alice", premium);
      expect(segments.map(({ name }) => name)).to.include("equal_string");
      const snapshot = await local.getSnapshot();
      expect(snapshot.identitySegments("alice", premium)).to.deep.equal(segments);
      expect(snapshot.identityFlags("alice").getFeatureValue("max_items")).to.equal(99);
      expect(snapshot.environmentFlags().getFeatureValue("max_items")).to.equal(25);
      const remote = createClient(context, { defaultFlagHandler: () => ({ enabled: true }) });
      const unavailable = { code: "NO_ENVIRONMENT" };
      expect(await captureRejection(remote.getSnapshot())).to.include(unavailable);
      expect(await captureRejection(remote.getIdentitySegments("alice"))).to.include(unavailable);
    },
  },
  {
    name: "local: changing traits, flags or segments affects no other result",
    async run(context) {
      const local = createLocalClient(context);
      const traits: Record<string, string> = { plan: "premium" };
      const flags = await local.getIdentityFlags("zoe", traits);
      traits["plan"] = "free";
      expect(flags.getFlag("in_equal_string").value).to.equal("in");
      Object.assign(flags.getFlag("in_equal_string"), { value: "changed" });
      for (const segment of await local.getIdentitySegments("zoe", { plan: "premium" })) {
        Object.assign(segment, { name: "changed" });
      }
      expect(flags.getFlag("in_equal_string").value).to.equal("in");
      const segments = await local.getIdentitySegments("zoe", { plan: "premium" });
      expect(JSON.stringify(segments)).not.to.include("changed");
      const other = await local.getIdentityFlags("zoe");
      expect(other.getFlag("in_equal_string").value).to.equal("out");
    },
  },
  {
    name: "local: all pages of identity overrides are loaded",
    async run(context) {
      const local = createLocalClient(context, { apiUrl: context.elsewhere.url });
      const { identity_overrides: overrides } = await context.api.control.document();
      expect(overrides?.length).to.be.above(1);
      const flags = await local.getIdentityFlags("alice");
      expect(flags.getFeatureValue("max_items")).to.equal(99);
      expect((await context.elsewhere.control.requests()).length).to.be.above(1);
    },
  },
  {
    name: "local: an unchanged document is not reported as a change",
    async run(context) {
      const errors: unknown[] = [];
      const client = createLocalClient(context, {
        onEnvironmentChange: (error) => void errors.push(error),
      });
      await client.ready();
      await client.updateEnvironment();
      expect(errors).to.deep.equal([null]);
      await setMaxItems(context.api.control, 26);
      await client.updateEnvironment();
      expect(errors).to.deep.equal([null, null]);
    },
  },
  {
    name: "local: after close() the document in memory is used, without requests",
    async run(context) {
      const { control } = context.api;
      const local = createLocalClient(context, { environmentRefreshIntervalSeconds: 0.05 });
      await local.ready();
      await local.close();
      await control.clearRequests();
      const flags = await settlesImmediately(local.getEnvironmentFlags());
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      await pause(200);
      expect(await control.requests()).to.have.lengthOf(0);
      const unused = createLocalClient(context);
      await unused.close();
      const closed = { code: "CLOSED" };
      expect(await captureRejection(unused.getEnvironmentFlags())).to.include(closed);
      expect(await captureRejection(unused.getSnapshot())).to.include(closed);
    },
  },
  {
    name: "local: the constructor rejects a client-side key",
    async run(context) {
      const construct = () => createLocalClient(context, { environmentKey: "client-side" });
      expect(construct).to.throw(context.adapter.FlagsmithClientError, "environmentKey");
    },
  },
  {
    name: "storage: a restart needs no request, in the same environment only",
    async run(context) {
      const { control } = context.api;
      const storage = createMemoryStorage();
      const before = createLocalClient(context, { storage });
      await before.ready();
      await until(async () => storage.values.size === 2);
      await before.close();
      for (const [key, value] of storage.values) {
        expect(key).to.match(/^[A-Za-z0-9_-]+$/);
        expect(`${key}${value}`).not.to.include(environmentKey);
      }
      await control.clearRequests();
      await control.failNext(99, { kind: "status", status: 500 });

      const after = createLocalClient(context, { storage });
      expect((await after.getIdentityFlags("alice")).getFeatureValue("max_items")).to.equal(99);
      expect(await control.requests()).to.have.lengthOf(0);

      const options = { storage, environmentKey: "ser.another", retries: 0 };
      const error = await captureRejection(
        createLocalClient(context, options).getEnvironmentFlags(),
      );
      expect(error).to.include({ code: "API_STATUS" });
    },
  },
  {
    name: "offline: the handler's document is used without a key and without requests",
    async run(context) {
      const document = await context.api.control.document();
      const offline = new context.adapter.Flagsmith({
        offlineMode: true,
        offlineHandler: { getEnvironment: () => document },
        apiUrl: context.api.url,
      });
      context.after(() => offline.close());
      expect((await offline.getIdentityFlags("alice")).getFeatureValue("max_items")).to.equal(99);
      expect((await offline.getEnvironmentFlags()).getFlag("nope").isDefault).to.equal(true);
      expect(await context.api.control.requests()).to.have.lengthOf(0);
    },
  },
];
