import { expect } from "chai";
import { captureRejection, createClient, createLocalClient, environmentKey } from "../client.ts";
import { setMaxItems, until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

/** The observable state of the client and its document. */
export const statusCases: readonly ContractCase[] = [
  {
    name: "changes: changedFeatures lists what a new document changes",
    async run(context) {
      const { control } = context.api;
      const lists: unknown[] = [];
      const local = createLocalClient(context, {
        onEnvironmentChange: (_error, { changedFeatures }) => void lists.push(changedFeatures),
      });
      await local.ready();
      await setMaxItems(control, 26);
      await local.updateEnvironment();
      await control.updateDocument((document) => {
        const segment = document.project.segments.find(({ name }) => name === "equal_string");
        for (const rule of segment?.rules ?? []) rule.type = "NONE";
      });
      await local.updateEnvironment();
      expect(lists.slice(0, 2)).to.deep.equal([undefined, ["max_items"]]);
      expect(lists[2]).to.include("in_equal_string").and.not.include("max_items");
    },
  },
  {
    name: "snapshots: currentSnapshot() is synchronous and starts the first load",
    async run(context) {
      const work: Promise<unknown>[] = [];
      const local = createLocalClient(context);
      const request = local.forRequest({ waitUntil: (promise) => void work.push(promise) });
      expect(request.currentSnapshot()).to.equal(undefined);
      await Promise.all(work);
      // Runtimes with timers load without a waitUntil as well.
      await local.ready();
      expect(await context.api.control.requests()).to.have.lengthOf(1);
      const snapshot = local.currentSnapshot();
      expect(snapshot?.identityFlags("alice").getFeatureValue("max_items")).to.equal(99);

      const pinned = request.currentSnapshot();
      await setMaxItems(context.api.control, 26);
      await local.updateEnvironment();
      expect(request.currentSnapshot()).to.equal(pinned);
      const current = local.currentSnapshot()?.environmentFlags();
      expect(current?.getFeatureValue("max_items")).to.equal(26);

      expect(createClient(context).currentSnapshot()).to.equal(undefined);
      await local.close();
      const closed = local.currentSnapshot()?.environmentFlags();
      expect(closed?.getFeatureValue("max_items")).to.equal(26);
    },
  },
  {
    name: "status: local evaluation is idle, loading, ready, failing and closed",
    async run(context) {
      const { control } = context.api;
      const changes: string[] = [];
      const local = createLocalClient(context, {
        retries: 0,
        onStatusChange: ({ state, problem = "" }) => void changes.push(`${state} ${problem}`),
      });
      expect(local.status()).to.deep.include({ state: "idle", ageSeconds: undefined });
      await local.ready();
      const { updated_at: updatedAt } = await control.document();
      expect(local.status()).to.deep.include({
        state: "ready",
        problem: undefined,
        source: "local",
        documentUpdatedAt: updatedAt,
        consecutiveFailures: 0,
        lastError: undefined,
        circuit: undefined,
      });
      expect(local.status().ageSeconds).to.be.within(0, 60);
      await control.failNext(1, { kind: "status", status: 403 });
      await captureRejection(local.updateEnvironment());
      const { lastError, ...failed } = local.status();
      expect(failed).to.include({ state: "ready", problem: "unauthorized" });
      expect(lastError).to.include({ code: "API_STATUS", status: 403 });
      expect(context.inspect(lastError)).not.to.include(environmentKey);
      await local.updateEnvironment();
      await local.close();
      expect(local.status()).to.include({ state: "closed", problem: undefined, source: "local" });
      const expected = ["loading ", "ready ", "ready unauthorized", "ready ", "closed "];
      expect(changes).to.deep.equal(expected);
    },
  },
  {
    name: "status: a failed first load is unavailable, and a bootstrap document is stale",
    async run(context) {
      const { control } = context.api;
      const document = await control.document();
      await control.failNext(2, { kind: "status", status: 500 });
      const empty = createLocalClient(context, { retries: 0 });
      await captureRejection(empty.ready());
      expect(empty.status()).to.include({ state: "unavailable", problem: "failing" });
      const local = createLocalClient(context, { retries: 0, bootstrap: document });
      await local.getEnvironmentFlags();
      expect(local.status()).to.include({ state: "stale", source: "storage" });
      // The load in the background may use up the second failure.
      await until(() =>
        local.updateEnvironment().then(
          () => true,
          () => false,
        ),
      );
      expect(local.status()).to.include({ state: "ready", source: "local" });
    },
  },
  {
    name: "status: remote mode is unavailable while the circuit is open",
    async run(context) {
      const { control } = context.api;
      const states: string[] = [];
      const remote = createClient(context, {
        retries: 0,
        onStatusChange: ({ state, circuit }) => void states.push(`${state} ${circuit}`),
      });
      expect(remote.status()).to.include({ state: "ready", source: "remote", circuit: "closed" });
      await control.failNext(5, { kind: "status", status: 503 });
      for (let count = 0; count < 5; count++) await captureRejection(remote.getEnvironmentFlags());
      expect(remote.status()).to.include({ state: "unavailable", circuit: "open" });
      expect(remote.status().lastError).to.include({ code: "API_STATUS", status: 503 });
      await until(() =>
        remote.getEnvironmentFlags().then(
          () => true,
          () => false,
        ),
      );
      expect(remote.status()).to.include({ state: "ready", circuit: "closed" });
      await remote.close();
      expect(states).to.deep.equal([
        "ready closed",
        "unavailable open",
        "ready closed",
        "closed closed",
      ]);
    },
  },
  {
    name: "status: offline mode has the status of its handler",
    async run(context) {
      const document = await context.api.control.document();
      const offline = createLocalClient(context, {
        offlineMode: true,
        offlineHandler: { getEnvironment: () => document },
      });
      expect(offline.status()).to.include({ state: "idle", source: undefined });
      await offline.ready();
      expect(offline.status()).to.include({ state: "ready", source: "offline" });
      await offline.close();
      expect(offline.status()).to.include({ state: "closed" });
    },
  },
];
