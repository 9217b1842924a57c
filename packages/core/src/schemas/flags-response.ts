import * as v from "valibot";
import type { Flag } from "../flags/flag.ts";
import { boolean, flagValue, number, numberOrText, shaped, text } from "./members.ts";

// Unknown members are ignored: `object` takes what is named and leaves the rest.
const experiment = v.object({
  id: numberOrText,
  name: v.nullish(text),
  in_experiment: boolean,
});

const flag = v.object({
  enabled: boolean,
  feature_state_value: flagValue,
  feature: v.object({ id: v.nullish(number), name: text }),
  reason: v.nullish(text),
  variant: v.nullish(text),
  metadata: v.optional(v.custom<unknown>(() => true)),
});

const flags = v.array(flag);

const identityFlags = v.object({ flags });

/** The flags in the body of `flags/`; `undefined` where it has not their shape. */
export function parseFlags(body: unknown): readonly Flag[] | undefined {
  return shaped(flags, body)?.map(toFlag);
}

/** The flags in the body of `identities/`; `undefined` where it has not their shape. */
export function parseIdentityFlags(body: unknown): readonly Flag[] | undefined {
  return shaped(identityFlags, body)?.flags.map(toFlag);
}

function toFlag({
  enabled,
  feature_state_value,
  feature,
  ...rest
}: v.InferOutput<typeof flag>): Flag {
  // What cannot be understood of it must not cost the flags.
  const assigned = shaped(experiment, Reflect.get(Object(rest.metadata), "experiment"));
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
