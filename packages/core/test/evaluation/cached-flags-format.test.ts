import { expect, it } from "vitest";
import type { Flag } from "../../src/flags/flag.ts";
import { client, fakePlatform, json } from "../fake-platform.ts";

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

/** Replaces each `undefined` with `null`. */
function replaceUndefined(flags: readonly Flag[]): unknown {
  return JSON.parse(JSON.stringify(flags, (_key, value) => value ?? null));
}

/** The flags of a client whose cache returns this value. */
function readThrough(cached: unknown) {
  const cache = { get: () => cached, set: () => undefined };
  return client(
    fakePlatform(() => json([])),
    { cache },
  ).getEnvironmentFlags();
}

it.each([
  ["as they were set", (flags: readonly Flag[]) => flags],
  ["as a structured clone", (flags: readonly Flag[]) => structuredClone(flags)],
  ["from JSON", (flags: readonly Flag[]) => JSON.parse(JSON.stringify(flags))],
  [
    "from BSON or MessagePack, without undefined",
    (flags: readonly Flag[]) => replaceUndefined(flags),
  ],
])("accepts cached flags %s", async (_name, store) => {
  const experiment = { id: "x", name: undefined, inExperiment: false };
  const list = [flag, bare, { ...bare, featureName: "other", experiment }];
  const flags = await readThrough(store(list));
  expect(flags.source).toBe("cache");
  expect(flags.allFlags()).toEqual(list);
  expect(flags.allFlags().map((one) => Object.keys(one).sort())).toEqual(
    list.map((one) => Object.keys(one).sort()),
  );
});

it("copies cached flags", async () => {
  const experiment = { id: 5, name: "colours", inExperiment: true };
  const cached = [{ ...flag, experiment }];
  const flags = await readThrough(cached);
  experiment.inExperiment = false;
  Object.assign(cached[0] ?? {}, { value: "changed" });
  cached.length = 0;
  expect(flags.allFlags()).toEqual([flag]);
});

it("accepts an empty list of flags", async () => {
  expect((await readThrough([])).source).toBe("cache");
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
])("anything but a list of flags counts as a miss (%#)", async (cached) => {
  expect((await readThrough(cached)).source).toBe("remote");
});

it("treats a cached object whose members throw as a miss", async () => {
  const throwing = Object.defineProperty({}, "featureName", {
    enumerable: true,
    get: () => {
      throw new Error("broken");
    },
  });
  expect((await readThrough([throwing])).source).toBe("remote");
});
