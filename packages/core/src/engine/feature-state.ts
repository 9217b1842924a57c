import { compare } from "./order.ts";
import type { Json } from "./reader.ts";
import type { EvaluatedFlag, FlagValue } from "./result.ts";
import { type Hash, identityHash, type Subject } from "./subject.ts";

/** A feature's state as the readers hand it over. */
export interface StateInput {
  readonly name: string;
  readonly key: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  readonly variants: readonly VariantInput[];
  readonly featureId: number | undefined;
  readonly metadata: Json | undefined;
}

/** One variant as the readers hand it over. */
export interface VariantInput {
  readonly value: FlagValue;
  readonly weight: number;
  readonly priority: number | bigint;
  readonly key: string | null;
}

/** A state that is ready to be answered with. */
export interface FeatureState {
  /** The answer where nothing is split. */
  readonly flag: EvaluatedFlag;
  readonly split: Split | undefined;
}

/** How a state is divided among identities. */
interface Split {
  readonly control: EvaluatedFlag;
  readonly hash: Hash;
  /** Each with the end of its range; a range starts where the one before it ends. */
  readonly ranges: readonly { readonly end: number; readonly flag: EvaluatedFlag }[];
}

/** Builds every answer a state can give, once. */
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
    hash: identityHash(input.key, environmentKey),
    ranges: sorted.map(({ value, weight, key }) => {
      end += weight;
      return { end, flag: { ...flag, value, variant: key, reason: `SPLIT; weight=${weight}` } };
    }),
  };
  return { flag, split };
}

/** The answer for one identity; for nobody, the undivided one. */
export function chooseVariant({ flag, split }: FeatureState, subject: Subject): EvaluatedFlag {
  if (split === undefined || subject.identifier === null) return flag;
  const hash = split.hash(subject);
  let start = 0;
  for (const { end, flag } of split.ranges) {
    if (start <= hash && hash < end) return flag;
    start = end;
  }
  return split.control;
}
