import * as v from "valibot";
import type { Flag } from "../flags/flag.ts";

// Unknown members are ignored: `object` takes what is named and leaves the rest.
const experiment = v.object({
  id: v.union([v.number(), v.string()]),
  name: v.nullish(v.string()),
  in_experiment: v.boolean(),
});

const flag = v.object({
  enabled: v.boolean(),
  feature_state_value: v.union([v.string(), v.number(), v.boolean(), v.null()]),
  feature: v.object({ id: v.nullish(v.number()), name: v.string() }),
  reason: v.nullish(v.string()),
  variant: v.nullish(v.string()),
  metadata: v.nullish(v.object({ experiment: v.nullish(experiment) })),
});

const flags = v.array(flag);

const identityFlags = v.object({ flags });

/** The flags in the body of `flags/`; `undefined` where it has not their shape. */
export function parseFlags(body: unknown): readonly Flag[] | undefined {
  const result = v.safeParse(flags, body, { abortEarly: true });
  return result.success ? result.output.map(toFlag) : undefined;
}

/** The flags in the body of `identities/`; `undefined` where it has not their shape. */
export function parseIdentityFlags(body: unknown): readonly Flag[] | undefined {
  const result = v.safeParse(identityFlags, body, { abortEarly: true });
  return result.success ? result.output.flags.map(toFlag) : undefined;
}

function toFlag({
  enabled,
  feature_state_value,
  feature,
  ...rest
}: v.InferOutput<typeof flag>): Flag {
  const assigned = rest.metadata?.experiment;
  return {
    featureName: feature.name,
    featureId: feature.id ?? undefined,
    enabled,
    value: feature_state_value,
    isDefault: false,
    reason: rest.reason ?? undefined,
    variant: rest.variant ?? null,
    experiment: assigned
      ? { id: assigned.id, name: assigned.name ?? undefined, inExperiment: assigned.in_experiment }
      : undefined,
  };
}
