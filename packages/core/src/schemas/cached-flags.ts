import * as v from "valibot";
import type { Flag } from "../flags/flag.ts";

// A cache may keep JSON text, which drops the members that are undefined.
const experiment = v.object({
  id: v.union([v.number(), v.string()]),
  name: v.optional(v.string()),
  inExperiment: v.boolean(),
});

const flags = v.array(
  v.object({
    featureName: v.string(),
    featureId: v.optional(v.number()),
    enabled: v.boolean(),
    value: v.union([v.string(), v.number(), v.boolean(), v.null()]),
    isDefault: v.literal(false),
    reason: v.optional(v.string()),
    variant: v.nullable(v.string()),
    experiment: v.optional(experiment),
  }),
);

/** The flags that a cache kept, copied; `undefined` where it gives anything else. */
export function parseCachedFlags(cached: unknown): readonly Flag[] | undefined {
  const result = v.safeParse(flags, cached, { abortEarly: true });
  return result.success ? result.output.map(withAllMembers) : undefined;
}

function withAllMembers(flag: v.InferOutput<typeof flags>[number]): Flag {
  return {
    ...flag,
    featureId: flag.featureId,
    reason: flag.reason,
    experiment: flag.experiment && { ...flag.experiment, name: flag.experiment.name },
  };
}
