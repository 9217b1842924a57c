import { expect, it } from "vitest";
import { DefaultFlag, type Flag, toDefaultFlag } from "../../src/flags/flag.ts";
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

const asked: string[] = [];
const getDefault = (name: string) => {
  asked.push(name);
  return toDefaultFlag(name, new DefaultFlag("fallback", true));
};

const about = { getDefault, source: "remote" } as const;

it("answers for a feature that it has", () => {
  const flags = createFlags([flag("banner"), flag("off", { enabled: false, value: 0 })], about);
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(flags.getFeatureValue("banner")).toBe("blue");
  expect(flags.getFlag("banner")).toEqual(flag("banner"));
  expect(flags.isFeatureEnabled("off")).toBe(false);
  expect(flags.getFeatureValue("off")).toBe(0);
});

it("asks for a default flag for each feature that it has not, and for no other", () => {
  asked.length = 0;
  const flags = createFlags([flag("banner")], about);
  expect(flags.isFeatureEnabled("Banner")).toBe(true);
  expect(flags.getFeatureValue("")).toBe("fallback");
  expect(flags.getFlag("nope").isDefault).toBe(true);
  flags.getFlag("banner");
  expect(asked).toEqual(["Banner", "", "nope"]);
});

it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"])(
  "takes %s for a feature name like any other",
  (name) => {
    expect(createFlags([], about).getFlag(name)).toMatchObject({
      featureName: name,
      isDefault: true,
    });
    expect(createFlags([flag(name)], about).getFlag(name)).toEqual(flag(name));
    expect(createFlags([flag(name)], about).allFlags()).toEqual([flag(name)]);
  },
);

it("lists every flag in the order of the answer, and no default flag", () => {
  const flags = createFlags([flag("z"), flag("a"), flag("m")], about);
  flags.getFlag("nope");
  expect(flags.allFlags().map(({ featureName }) => featureName)).toEqual(["z", "a", "m"]);
});

it("shows its flags as JSON", () => {
  const flags = createFlags([flag("banner"), flag("other", { value: null })], about);
  expect(flags.toJSON()).toEqual(flags.allFlags());
  expect(JSON.parse(JSON.stringify(flags))).toEqual([
    flag("banner"),
    flag("other", { value: null }),
  ]);
});

it.each([
  ["getFlag", () => [everything.getFlag("banner")]],
  ["allFlags", () => everything.allFlags()],
  ["toJSON", () => everything.toJSON()],
])("is not harmed by a change to what %s returned", (_name, get) => {
  const returned = get() as { enabled: boolean; experiment: { inExperiment: boolean } }[];
  for (const one of returned) {
    one.enabled = false;
    one.experiment.inExperiment = false;
  }
  returned.length = 0;
  expect(everything.allFlags()).toEqual([flag("banner")]);
  expect(everything.getFlag("banner")).toEqual(flag("banner"));
});

const everything = createFlags([flag("banner")], about);

it("is not harmed by a change to the list that it was made of", () => {
  const list = [flag("banner")];
  const flags = createFlags(list, about);
  list.length = 0;
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(flags.getFlag("banner").isDefault).toBe(false);
});
