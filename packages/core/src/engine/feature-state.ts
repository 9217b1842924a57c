import { compare } from "./order.ts";
import type { JsonObject } from "./reader.ts";
import type { EvaluatedFlag, FlagValue } from "./result.ts";
import { createIdentityHash, type Subject } from "./subject.ts";

/** The state of a feature as the readers return it. */
export interface StateInput {
  readonly name: string;
  readonly key: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  readonly variants: readonly VariantInput[];
  readonly featureId: number | undefined;
  readonly metadata: JsonObject | undefined;
}

/** A variant as the readers return it. */
export interface VariantInput {
  readonly value: FlagValue;
  readonly weight: number;
  readonly priority: number | bigint;
  readonly key: string | null;
}

/** The compiled state of a feature. */
export interface FeatureState {
  /** The flag if there are no variants or no identity. */
  readonly flag: EvaluatedFlag;
  readonly split:
    | {
        /** The flag for identities that are in no variant. */
        readonly control: EvaluatedFlag;
        /** Hashed together with the identity. */
        readonly key: string;
        readonly hash: (subject: Subject) => number;
        /** The variants, each with the end of its range. A range starts at the end of the previous one. */
        readonly ranges: readonly { readonly end: number; readonly flag: EvaluatedFlag }[];
      }
    | undefined;
}

/** Creates all flags that a state can result in, so that evaluations only choose one. */
export function compileState(
  input: StateInput,
  reason: string,
  environmentKey: string,
): FeatureState {
  const { name, enabled, value, featureId, metadata, variants } = input;
  const flag = { name, enabled, value, reason, variant: null, featureId, metadata };
  if (variants.length === 0) return { flag, split: undefined };

  let end = 0;
  const sorted = [...variants].sort((a, b) => compare(a.priority, b.priority));
  const split = {
    control: { ...flag, variant: "control" },
    key: input.key,
    hash: createIdentityHash(input.key, environmentKey),
    ranges: sorted.map(({ value, weight, key }) => {
      end += weight;
      return { end, flag: { ...flag, value, variant: key, reason: `SPLIT; weight=${weight}` } };
    }),
  };
  return { flag, split };
}

/** Returns the flag of the identity's variant, or of the control value. */
export function chooseVariant({ flag, split }: FeatureState, subject: Subject): EvaluatedFlag {
  if (!split || subject.identifier === null) return flag;
  const hash = split.hash(subject);
  let start = 0;
  for (const { end, flag } of split.ranges) {
    if (start <= hash && hash < end) return flag;
    start = end;
  }
  return split.control;
}
