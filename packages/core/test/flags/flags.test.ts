import { expect, it } from "vitest";
import { DefaultFlag, type Flag, toDefaultFlag } from "../../src/flags/flag.ts";
import type { FlagDefaults } from "../../src/flags/flag-reader.ts";
import { createFlags, type Flags } from "../../src/flags/flags.ts";

function flag(featureName: string, more: Partial<Flag> = {}): Flag {
  return {
    featureName,
    featureId: 3,
    enabled: true,
    value: "blue",
    isDefault: false,
    reason: "DEFAULT",
    variant: null,
    experiment: { id: 1, name: "colours", inExperiment: true },
    ...more,
  };
}

const requested: string[] = [];
const defaults: FlagDefaults = {
  get: (name) => {
    requested.push(name);
    return toDefaultFlag(name, new DefaultFlag("fallback", true));
  },
  warn: () => undefined,
  hasServerKey: false,
};

function flagsOf(...list: readonly Flag[]): Flags {
  const byName = new Map(list.map((flag) => [flag.featureName, flag]));
  return createFlags(byName, { defaults, source: "remote" });
}

it("returns the state of a known feature", () => {
  const flags = flagsOf(flag("banner"), flag("off", { enabled: false, value: 0 }));
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(flags.getFeatureValue("banner")).toBe("blue");
  expect(flags.getFlag("banner")).toEqual(flag("banner"));
  expect(flags.isFeatureEnabled("off")).toBe(false);
  expect(flags.getFeatureValue("off")).toBe(0);
});

it("uses a default flag for each unknown feature", () => {
  requested.length = 0;
  const flags = flagsOf(flag("banner"));
  expect(flags.isFeatureEnabled("Banner")).toBe(true);
  expect(flags.getFeatureValue("")).toBe("fallback");
  expect(flags.getFlag("nope").isDefault).toBe(true);
  flags.getFlag("banner");
  expect(requested).toEqual(["Banner", "", "nope"]);
});

it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"])(
  "accepts %s as a feature name",
  (name) => {
    expect(flagsOf().getFlag(name)).toMatchObject({
      featureName: name,
      isDefault: true,
    });
    expect(flagsOf(flag(name)).getFlag(name)).toEqual(flag(name));
    expect(flagsOf(flag(name)).allFlags()).toEqual([flag(name)]);
  },
);

it("lists all flags in their order, without default flags", () => {
  const flags = flagsOf(flag("z"), flag("a"), flag("m"));
  flags.getFlag("nope");
  expect(flags.allFlags().map(({ featureName }) => featureName)).toEqual(["z", "a", "m"]);
});

it("serializes its flags", () => {
  const flags = flagsOf(flag("banner"), flag("other", { value: null }));
  expect(flags.toJSON()).toEqual(flags.allFlags());
  expect(JSON.parse(JSON.stringify(flags))).toEqual([
    flag("banner"),
    flag("other", { value: null }),
  ]);
});

it("has no members that are undefined in its JSON, which getServerSideProps of Next.js refuses", () => {
  const experiment = { id: 1, name: undefined, inExperiment: true };
  const flags = flagsOf(flag("banner", { featureId: 1, reason: undefined, experiment }));
  const [json] = flags.toJSON();
  expect(json).toEqual(flags.getFlag("banner"));
  expect(Object.values({ ...json, ...json?.experiment })).not.toContain(undefined);
});

it.each([
  ["getFlag", () => [shared.getFlag("banner")]],
  ["allFlags", () => shared.allFlags()],
  ["toJSON", () => shared.toJSON()],
])("changes to the result of %s have no effect", (_name, get) => {
  const returned = get() as { enabled: boolean; experiment: { inExperiment: boolean } }[];
  for (const one of returned) {
    one.enabled = false;
    one.experiment.inExperiment = false;
  }
  returned.length = 0;
  expect(shared.allFlags()).toEqual([flag("banner")]);
  expect(shared.getFlag("banner")).toEqual(flag("banner"));
});

const shared = flagsOf(flag("banner"));
