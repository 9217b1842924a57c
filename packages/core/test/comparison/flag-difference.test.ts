import { expect, it } from "vitest";
import { findDifferences } from "../../src/comparison/flag-difference.ts";
import type { EvaluatedFlag } from "../../src/engine/index.ts";
import type { Flag } from "../../src/flags/flag.ts";

const local = { name: "banner", enabled: true, value: "a", variant: null } as EvaluatedFlag;
const remote = { featureName: "banner", enabled: true, value: "a", variant: null } as Flag;

it.each<[string, Partial<EvaluatedFlag> | undefined, Partial<Flag> | undefined, boolean]>([
  ["equal flags", {}, {}, false],
  ["another state", { enabled: false }, {}, true],
  ["another value", { value: "b" }, {}, true],
  ["a number instead of a text", { value: 1 }, { value: "1" }, true],
  ["no value and null", { value: undefined as never }, { value: null }, false],
  ["another variant", { variant: "A" }, { variant: "B" }, true],
  ["a variant that the API does not send", { variant: "A" }, {}, false],
  ["the control of a feature without variants", {}, { variant: "control" }, false],
  ["a variant of a feature without variants", {}, { variant: "A" }, true],
  ["another reason", { reason: "DEFAULT" }, { reason: "SPLIT" }, false],
  ["a flag that is on and that the API leaves out", {}, undefined, true],
  ["a flag that is off and that the API leaves out", { enabled: false }, undefined, false],
  ["a flag that only the API has", undefined, { enabled: false }, true],
])("%s", (_name, ownLocal, ownRemote, isDifferent) => {
  const differences = findDifferences(
    ownLocal ? [{ ...local, ...ownLocal }] : [],
    ownRemote ? [{ ...remote, ...ownRemote }] : [],
  );
  expect(differences.map(({ featureName }) => featureName)).toEqual(isDifferent ? ["banner"] : []);
  if (!ownLocal) expect(differences[0]?.local).toBeUndefined();
  if (isDifferent && !ownRemote) expect(differences[0]?.remote).toBeUndefined();
});
