import { expect } from "chai";
import { createClient } from "../client.ts";
import { setMaxItems } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

/** The `Flags` object in logs, comparisons and messages. */
export const flagsObjectCases: readonly ContractCase[] = [
  {
    name: "flags: logs show names and values, comparisons compare them, clones are refused",
    async run(context) {
      const client = createClient(context, { enableLocalEvaluation: true });
      const flags = await client.getIdentityFlags("user-1");
      expect(context.inspect(flags)).to.include("max_items").and.include("25");
      expect(flags).to.deep.equal(await client.getIdentityFlags("user-1"));
      await setMaxItems(context.api.control, 26);
      await client.updateEnvironment();
      expect(flags).not.to.deep.equal(await client.getIdentityFlags("user-1"));
      expect(() => structuredClone(flags)).to.throw("pass flags.toJSON()");
      expect(structuredClone(flags.toJSON())).to.deep.equal(flags.allFlags());
      const { isFeatureEnabled } = flags;
      expect(() => isFeatureEnabled("max_items")).to.throw("called without its object");
    },
  },
];
