import { compare } from "./order.ts";
import type { Json } from "./reader.ts";
import type { EvaluatedFlag, FlagValue } from "./result.ts";
import { identityPercentage, type Subject } from "./subject.ts";

/** A feature's state as the readers hand it over. */
export interface StateInput {
  readonly name: string;
  readonly key: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  readonly variants: readonly VariantInput[];
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
  /** The answer for one identity, where the state is divided among them. */
  readonly split: ((subject: Subject) => EvaluatedFlag) | undefined;
}

/** Builds every answer a state can give, once. */
export function compileState(
  input: StateInput,
  reason: string,
  environmentKey: string,
): FeatureState {
  const { name, key, enabled, value, metadata, variants } = input;
  const id = metadata?.["id"];
  const featureId = typeof id === "number" ? id : undefined;
  const flag = { name, enabled, value, reason, variant: null, featureId, metadata };
  if (variants.length === 0) return { flag, split: undefined };

  // Each with the end of its range; a range starts where the one before it ends.
  let end = 0;
  const ranges = [...variants]
    .sort((a, b) => compare(a.priority, b.priority))
    .map(({ value, weight, key }) => {
      end += weight;
      return { end, flag: { ...flag, value, variant: key, reason: `SPLIT; weight=${weight}` } };
    });
  const control = { ...flag, variant: "control" };
  const share = identityPercentage(key, environmentKey);
  const split = (subject: Subject) => {
    const hash = share(subject);
    let start = 0;
    for (const { end, flag } of ranges) {
      if (start <= hash && hash < end) return flag;
      start = end;
    }
    return control;
  };
  return { flag, split };
}
