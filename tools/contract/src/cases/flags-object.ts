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
      const json = JSON.parse(JSON.stringify(flags.allFlags()));
      expect(structuredClone(flags.toJSON())).to.deep.equal(json);
      const { isFeatureEnabled } = flags;
      expect(() => isFeatureEnabled("max_items")).to.throw("as a method of its object");
    },
  },
  {
    name: "request: equal calls share one API request, and a memory cache shares more",
    async run(context) {
      const { control } = context.api;
      const client = createClient(context);
      const scope = client.forRequest();
      const calls = [1, 2, 3].map(() => scope.getIdentityFlags("user-1", { plan: "gold" }));
      const [flags, ...others] = await Promise.all(calls);
      for (const other of others) expect(other).to.equal(flags);
      expect(await control.requests()).to.have.lengthOf(1);
      await client.forRequest().getIdentityFlags("user-1", { plan: "gold" });
      expect(await control.requests()).to.have.lengthOf(2);

      const cached = createClient(context, { cache: context.adapter.memoryCache() });
      for (const source of ["remote", "cache"]) {
        expect((await cached.forRequest().getEnvironmentFlags()).source).to.equal(source);
      }
      expect(await control.requests()).to.have.lengthOf(3);
    },
  },
  ...[true, false].map(
    (enableLocalEvaluation): ContractCase => ({
      name: `${enableLocalEvaluation ? "local" : "remote"}: an anonymous identity has flags`,
      async run(context) {
        const client = createClient(context, { enableLocalEvaluation });
        for (const traits of [undefined, { country: "CH" }]) {
          const flags = await client.getAnonymousFlags(traits);
          expect(flags.getNumber("max_items", 1)).to.equal(25);
        }
      },
    }),
  ),
  {
    name: "flags: the client state has the named features",
    async run(context) {
      const flags = await createClient(context).getEnvironmentFlags();
      expect(() => flags.toClientState()).to.throw("only must be a list");
      const state = flags.toClientState({ only: ["max_items"] });
      expect(Object.keys(state.flags)).to.deep.equal(["max_items"]);
      expect(state.flags["max_items"]).to.include({ enabled: true, value: 25 });
    },
  },
];
