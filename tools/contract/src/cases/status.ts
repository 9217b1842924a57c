import { expect } from "chai";
import { createClient, createLocalClient } from "../client.ts";
import { setMaxItems } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

/** What users can observe of the client and its document. */
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
];
