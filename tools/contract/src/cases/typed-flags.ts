import type { StandardSchema } from "@flagsmith-isomorphic/core";
import { testFlags } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { createClient, createRecordingLogger } from "../client.ts";
import { setMaxItems } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

/** Accepts `{ size: number }`, as a schema of valibot, zod or arktype does. */
const sizeSchema: StandardSchema<{ readonly size: number }> = {
  "~standard": {
    version: 1,
    vendor: "contract",
    validate: (input) => {
      const { size }: { size?: unknown } = Object(input);
      return typeof size === "number"
        ? { value: { size } }
        : { issues: [{ message: "expected a number", path: ["size"] }] };
    },
  },
};

/** Values with types, in both modes. */
export const typedFlagCases: readonly ContractCase[] = [
  ...[true, false].map(
    (enableLocalEvaluation): ContractCase => ({
      name: `${enableLocalEvaluation ? "local" : "remote"}: typed getters return the value or the default`,
      async run(context) {
        const { control } = context.api;
        const logger = createRecordingLogger();
        const client = createClient(context, { enableLocalEvaluation, logger });
        const flags = await client.getIdentityFlags("user-1");
        expect(flags.getNumber("max_items", 1)).to.equal(25);
        expect(flags.getString("max_items", "?")).to.equal("25");
        expect(flags.getJson("max_items", { size: 0 }, sizeSchema)).to.deep.equal({ size: 0 });
        expect(flags.getNumber("nope", 1)).to.equal(1);
        await setMaxItems(control, '{"size":7}');
        await client.updateEnvironment();
        const changed = await client.getIdentityFlags("user-1");
        expect(changed.getJson("max_items", { size: 0 }, sizeSchema)).to.deep.equal({ size: 7 });
        for (const read of [1, 2]) expect(changed.getNumber("max_items", read)).to.equal(read);
        expect(logger.lines.filter((line) => line.startsWith("Feature"))).to.deep.equal([
          'Feature "max_items": its value does not match its schema at "size": expected a number. Using the default.',
          'Feature "nope" is unknown: its default is used. Check its name.',
          'Feature "max_items": its value is not a number. Using the default.',
        ]);
      },
    }),
  ),
  {
    name: "testing: testFlags creates a client without a network",
    async run({ api }) {
      const client = testFlags({ max_items: 20 }, { identities: { alice: { max_items: 50 } } });
      const read = async (user: string) =>
        (await client.getIdentityFlags(user)).getNumber("max_items", 1);
      expect(await read("alice")).to.equal(50);
      client.set("max_items", 30);
      expect(await read("bob")).to.equal(30);
      expect(client.evaluations().map(({ value }) => value)).to.deep.equal([50, 30]);
      expect(await api.control.requests()).to.deep.equal([]);
    },
  },
  {
    name: "remote: defined flags have types, limits and defaults, also as a handler",
    async run(context) {
      const { defineFlags, numberFlag, stringFlag, toggleFlag } = context.adapter;
      const defined = defineFlags({
        max_items: numberFlag(5, { integer: true, min: 1, max: 100 }),
        tier: stringFlag("free", { of: ["free", "pro"] }),
        dark: toggleFlag({ default: true }),
      });
      const { control } = context.api;
      const client = createClient(context, { defaultFlagHandler: defined });
      const read = async () => {
        const { max_items, tier, dark } = defined.in(await client.getIdentityFlags("user-1"));
        return { max_items, tier, dark };
      };
      expect(await read()).to.deep.equal({ max_items: 25, tier: "free", dark: true });
      await setMaxItems(control, 900);
      expect(await read()).to.deep.equal({ max_items: 5, tier: "free", dark: true });
      await control.failNext(99, { kind: "status", status: 503 });
      expect(await read()).to.deep.equal({ max_items: 5, tier: "free", dark: true });
    },
  },
  {
    name: 'remote: a failed call returns empty flags with onFailure "empty"',
    async run(context) {
      await context.api.control.failNext(99, { kind: "status", status: 503 });
      const flags = await createClient(context, { onFailure: "empty" }).getEnvironmentFlags();
      expect(flags.source).to.equal("default");
      expect(flags.getNumber("max_items", 7)).to.equal(7);
    },
  },
];
