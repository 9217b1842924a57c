import * as v from "valibot";
import { boolean, flagValue, number, numberOrText, parse, text } from "../api/schema.ts";
import type { Flag } from "../flags/flag.ts";

// JSON text drops members that are undefined.
const cachedExperiment = v.object({
  id: numberOrText,
  name: v.optional(text),
  inExperiment: boolean,
});

const cachedFlagList = v.array(
  v.object({
    featureName: text,
    featureId: v.optional(number),
    enabled: boolean,
    value: flagValue,
    isDefault: v.custom<false>((input) => input === false),
    reason: v.optional(text),
    variant: v.custom<string | null>((input) => input === null || typeof input === "string"),
    experiment: v.optional(cachedExperiment),
  }),
);

/** Copies flags that a cache returned. `undefined` if they are not a list of flags. */
export function parseCachedFlags(cached: unknown): readonly Flag[] | undefined {
  return parse(cachedFlagList, cached)?.map((flag) => ({
    ...flag,
    featureId: flag.featureId,
    reason: flag.reason,
    experiment: flag.experiment && { ...flag.experiment, name: flag.experiment.name },
  }));
}
