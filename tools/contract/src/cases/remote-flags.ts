import { expect } from "chai";
import { createClient } from "../client.ts";
import type { ContractCase } from "../contract.ts";

/** Flags of remote mode and the callbacks around them. */
export const remoteFlagCases: readonly ContractCase[] = [
  {
    name: "remote: an unknown feature is disabled, or the handler's default flag",
    async run(context) {
      const plain = await createClient(context).getEnvironmentFlags();
      const disabled = { enabled: false, value: undefined, isDefault: true };
      expect(plain.getFlag("nope")).to.include(disabled);

      const { DefaultFlag } = context.adapter;
      const defaultFlagHandler = (name: string) => new DefaultFlag(`${name}!`, true);
      const flags = await createClient(context, { defaultFlagHandler }).getIdentityFlags("user-1");
      const handled = { enabled: true, value: "nope!", isDefault: true };
      expect(flags.getFlag("nope")).to.include(handled);
      expect(flags.getFlag("max_items")).to.include({ value: 25, isDefault: false });
    },
  },
  {
    name: "remote: an error of the default flag handler reaches the caller",
    async run(context) {
      const error = new Error("handler");
      const defaultFlagHandler = () => {
        throw error;
      };
      const flags = await createClient(context, { defaultFlagHandler }).getEnvironmentFlags();
      expect(() => flags.getFlag("nope")).to.throw(error);
      expect(flags.getFeatureValue("max_items")).to.equal(25);
    },
  },
  {
    name: "remote: changing a returned flag changes no other flag",
    async run(context) {
      const flags = await createClient(context).getEnvironmentFlags();
      Object.assign(flags.getFlag("max_items"), { value: "changed" });
      Object.assign(flags.allFlags()[0] ?? {}, { value: "changed" });
      expect(JSON.stringify(flags)).not.to.include("changed");
      expect(flags.getFeatureValue("max_items")).to.equal(25);
    },
  },
  {
    name: "remote: errors of the cache and the logger do not affect the flags",
    async run(context) {
      const fail = (): never => {
        throw new Error("callback");
      };
      const client = createClient(context, {
        cache: { get: fail, set: fail },
        logger: { warn: fail, error: fail },
      });
      const flags = await client.getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(flags.getFlag("nope").enabled).to.equal(false);
    },
  },
];
