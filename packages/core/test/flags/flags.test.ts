import { expect, it } from "vitest";
import { DefaultFlag, type Flag, toDefaultFlag } from "../../src/flags/flag.ts";
import type { FlagDefaults } from "../../src/flags/flag-reader.ts";
import { createFlags } from "../../src/flags/flags.ts";

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

const options = { defaults, source: "remote" } as const;

it("returns the state of a known feature", () => {
  const flags = createFlags(
    () => [flag("banner"), flag("off", { enabled: false, value: 0 })],
    options,
  );
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(flags.getFeatureValue("banner")).toBe("blue");
  expect(flags.getFlag("banner")).toEqual(flag("banner"));
  expect(flags.isFeatureEnabled("off")).toBe(false);
  expect(flags.getFeatureValue("off")).toBe(0);
});

it("uses a default flag for each unknown feature", () => {
  requested.length = 0;
  const flags = createFlags(() => [flag("banner")], options);
  expect(flags.isFeatureEnabled("Banner")).toBe(true);
  expect(flags.getFeatureValue("")).toBe("fallback");
  expect(flags.getFlag("nope").isDefault).toBe(true);
  flags.getFlag("banner");
  expect(requested).toEqual(["Banner", "", "nope"]);
});

it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"])(
  "accepts %s as a feature name",
  (name) => {
    expect(createFlags(() => [], options).getFlag(name)).toMatchObject({
      featureName: name,
      isDefault: true,
    });
    expect(createFlags(() => [flag(name)], options).getFlag(name)).toEqual(flag(name));
    expect(createFlags(() => [flag(name)], options).allFlags()).toEqual([flag(name)]);
  },
);

it("lists all flags in their order, without default flags", () => {
  const flags = createFlags(() => [flag("z"), flag("a"), flag("m")], options);
  flags.getFlag("nope");
  expect(flags.allFlags().map(({ featureName }) => featureName)).toEqual(["z", "a", "m"]);
});

it("lists a repeated feature once, with its last flag", () => {
  const flags = createFlags(() => [flag("a", { value: 1 }), flag("b"), flag("a")], options);
  expect(flags.allFlags()).toEqual([flag("a"), flag("b")]);
  expect(flags).toEqual(createFlags(() => [flag("a"), flag("b")], options));
});

it("serializes its flags", () => {
  const flags = createFlags(() => [flag("banner"), flag("other", { value: null })], options);
  expect(flags.toJSON()).toEqual(flags.allFlags());
  expect(JSON.parse(JSON.stringify(flags))).toEqual([
    flag("banner"),
    flag("other", { value: null }),
  ]);
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

const shared = createFlags(() => [flag("banner")], options);
