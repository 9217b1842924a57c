import { expect } from "chai";
import { createLocalClient } from "../client.ts";
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
];
