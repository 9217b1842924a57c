import { percentage } from "./percentage.ts";
import type { Json } from "./reader.ts";
import type { EvaluatedFlag, FlagValue } from "./result.ts";

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
  readonly split: Split | undefined;
}

/** How a state is divided among identities. */
interface Split {
  readonly control: EvaluatedFlag;
  /** Hashed with an identity's own key. */
  readonly prefix: string;
  /** Hashed with an identifier: the prefix and what every composite key of the environment starts with. */
  readonly compositePrefix: string;
  /** Each with the end of its range; a range starts where the one before it ends. */
  readonly variants: readonly { readonly end: number; readonly flag: EvaluatedFlag }[];
}

/** Builds every answer a state can give, once. */
export function compileState(
  input: StateInput,
  reason: string,
  environmentKey: string,
): FeatureState {
  const { name, enabled, value, metadata, variants } = input;
  const id = metadata?.["id"];
  const featureId = typeof id === "number" ? id : undefined;
  const flag = { name, enabled, value, reason, variant: null, featureId, metadata };
  if (variants.length === 0) return { flag, split: undefined };

  let end = 0;
  const sorted = variants.length > 1 ? [...variants].sort(byPriority) : variants;
  const prefix = `${input.key},`;
  const split = {
    control: { ...flag, variant: "control" },
    prefix,
    compositePrefix: `${prefix}${environmentKey}_`,
    variants: sorted.map((variant) => {
      end += variant.weight;
      const { value, weight, key } = variant;
      return { end, flag: { ...flag, value, variant: key, reason: `SPLIT; weight=${weight}` } };
    }),
  };
  return { flag, split };
}

/** The answer for one identity; for nobody, the undivided one. */
export function chooseVariant(
  { flag, split }: FeatureState,
  identifier: string | null,
  ownKey: string | null,
): EvaluatedFlag {
  if (split === undefined || identifier === null) return flag;
  const hash =
    ownKey === null
      ? percentage(split.compositePrefix, identifier)
      : percentage(split.prefix, ownKey);
  let start = 0;
  for (const { end, flag } of split.variants) {
    if (start <= hash && hash < end) return flag;
    start = end;
  }
  return split.control;
}

/** Numbers and bigints compare with each other exactly. */
function byPriority(a: VariantInput, b: VariantInput): number {
  return a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : 0;
}
