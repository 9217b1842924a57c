import { expect, it } from "vitest";
import { parseCachedFlags } from "../../src/evaluation/cached-flags.ts";
import type { Flag } from "../../src/flags/flag.ts";

const flag: Flag = {
  featureName: "banner",
  featureId: 3,
  enabled: true,
  value: "blue",
  isDefault: false,
  reason: "SPLIT",
  variant: "red",
  experiment: { id: 5, name: "colours", inExperiment: true },
};

const bare: Flag = {
  featureName: "bare",
  featureId: undefined,
  enabled: false,
  value: null,
  isDefault: false,
  reason: undefined,
  variant: null,
  experiment: undefined,
};

it.each([
  ["as they were set", (flags: readonly Flag[]) => flags],
  ["as a structured clone", (flags: readonly Flag[]) => structuredClone(flags)],
  ["as parsed JSON", (flags: readonly Flag[]) => JSON.parse(JSON.stringify(flags))],
])("returns the flags of a cache %s", (_name, store) => {
  const list = [
    flag,
    bare,
    { ...bare, experiment: { id: "x", name: undefined, inExperiment: false } },
  ];
  const parsed = parseCachedFlags(store(list));
  expect(parsed).toEqual(list);
  expect(parsed?.map((one) => Object.keys(one).sort())).toEqual(
    list.map((one) => Object.keys(one).sort()),
  );
});

it("shares no object with the cache", () => {
  const cached = [flag];
  const parsed = parseCachedFlags(cached);
  expect(parsed).not.toBe(cached);
  expect(parsed?.[0]).not.toBe(flag);
  expect(parsed?.[0]?.experiment).not.toBe(flag.experiment);
});

it("accepts an empty list of flags", () => {
  expect(parseCachedFlags([])).toEqual([]);
});

it.each([
  undefined,
  null,
  "",
  JSON.stringify([flag]),
  42,
  {},
  { 0: flag, length: 1 },
  [null],
  ["banner"],
  [{ ...flag, featureName: undefined }],
  [{ ...flag, featureId: "3" }],
  [{ ...flag, enabled: "true" }],
  [{ ...flag, value: undefined }],
  [{ ...flag, value: {} }],
  [{ ...flag, isDefault: true }],
  [{ ...flag, reason: 7 }],
  [{ ...flag, variant: undefined }],
  [{ ...flag, experiment: { id: 5 } }],
  [{ ...flag, experiment: "colours" }],
  [flag, { ...flag, enabled: undefined }],
  Promise.resolve([flag]),
])("returns undefined for other values (%#)", (input) => {
  expect(parseCachedFlags(input)).toBeUndefined();
});
