import { expect, it } from "vitest";
import { copyFlag, DefaultFlag, type Flag, toDefaultFlag } from "../../src/flags/flag.ts";

it("a default flag is disabled and has no value by default", () => {
  const isDefault = true;
  expect({ ...new DefaultFlag() }).toEqual({ value: undefined, enabled: false, isDefault });
  expect({ ...new DefaultFlag("blue") }).toEqual({ value: "blue", enabled: false, isDefault });
  expect({ ...new DefaultFlag(null, true) }).toEqual({ value: null, enabled: true, isDefault });
});

it("marks the flag of an unknown feature as a default flag", () => {
  expect(toDefaultFlag("banner", new DefaultFlag(0, true))).toEqual({
    featureName: "banner",
    featureId: undefined,
    enabled: true,
    value: 0,
    isDefault: true,
    reason: undefined,
    variant: null,
    experiment: undefined,
  });
});

it("copies a flag with its experiment", () => {
  const flag: Flag = {
    ...toDefaultFlag("banner", new DefaultFlag()),
    experiment: { id: 1, name: "colours", inExperiment: true },
  };
  const copy = copyFlag(flag);
  expect(copy).toEqual(flag);
  expect(copy).not.toBe(flag);
  expect(copy.experiment).not.toBe(flag.experiment);
});
