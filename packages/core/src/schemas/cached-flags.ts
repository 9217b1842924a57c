import * as v from "valibot";
import type { Flag } from "../flags/flag.ts";
import { boolean, flagValue, number, numberOrText, shaped, text } from "./members.ts";

// A cache may keep JSON text, which drops the members that are undefined.
const experiment = v.object({ id: numberOrText, name: v.optional(text), inExperiment: boolean });

const flags = v.array(
  v.object({
    featureName: text,
    featureId: v.optional(number),
    enabled: boolean,
    value: flagValue,
    isDefault: v.custom<false>((input) => input === false),
    reason: v.optional(text),
    variant: v.custom<string | null>((input) => input === null || typeof input === "string"),
    experiment: v.optional(experiment),
  }),
);

/** The flags that a cache kept, copied; `undefined` where it gives anything else. */
export function parseCachedFlags(cached: unknown): readonly Flag[] | undefined {
  return shaped(flags, cached)?.map(withAllMembers);
}

function withAllMembers(flag: v.InferOutput<typeof flags>[number]): Flag {
  return {
    ...flag,
    featureId: flag.featureId,
    reason: flag.reason,
    experiment: flag.experiment && { ...flag.experiment, name: flag.experiment.name },
  };
}
