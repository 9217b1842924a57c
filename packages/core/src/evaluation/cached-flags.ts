import * as v from "valibot";
import {
  booleanSchema,
  flagValueSchema,
  idSchema,
  numberSchema,
  parse,
  textSchema,
} from "../api/schema.ts";
import type { Flag } from "../flags/flag.ts";

// JSON text drops members that are undefined.
const cachedExperiment = v.object({
  id: idSchema,
  name: v.optional(textSchema),
  inExperiment: booleanSchema,
});

const cachedFlagList = v.array(
  v.object({
    featureName: textSchema,
    featureId: v.optional(numberSchema),
    enabled: booleanSchema,
    value: flagValueSchema,
    isDefault: v.custom<false>((input) => input === false),
    reason: v.optional(textSchema),
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
