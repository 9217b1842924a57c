import { copyFlag, type Flag, type FlagValue } from "./flag.ts";
import type { FlagSource } from "./flag-evaluation.ts";

/** Where {@link Flags} gets its answers: it knows no mode, only these questions. */
export interface FlagReader {
  /** What most callers want to know, not to be handed out; `undefined` where there is no such feature. */
  peek(featureName: string): Pick<Flag, "enabled" | "value"> | undefined;
  /** A fresh copy of the flag, or `undefined` where the environment has no such feature. */
  lookup(featureName: string): Flag | undefined;
  /** A fresh copy of each flag of the environment. */
  all(): Flag[];
  /** The flag for a feature that `lookup` does not know. */
  readonly onMissing: (featureName: string) => Flag;
  readonly source: FlagSource;
}

/** The flags of one environment or identity, as they stood when they were asked for. */
export class Flags {
  readonly #source: FlagReader;

  constructor(source: FlagReader) {
    this.#source = source;
  }

  /** Where they came from; a single one may still be a default flag. */
  get source(): FlagSource {
    return this.#source.source;
  }

  /** Whether the feature is on; a default flag answers for an unknown one. */
  isFeatureEnabled(featureName: string): boolean {
    const source = this.#source;
    return (source.peek(featureName) ?? source.onMissing(featureName)).enabled;
  }

  /** The value of the feature, whether it is on or off; a default flag answers for an unknown one. */
  getFeatureValue(featureName: string): FlagValue | undefined {
    const source = this.#source;
    return (source.peek(featureName) ?? source.onMissing(featureName)).value;
  }

  /** The flag with all that is known of it; a default flag answers for an unknown one. */
  getFlag(featureName: string): Flag {
    return this.#source.lookup(featureName) ?? this.#source.onMissing(featureName);
  }

  /** Every flag that the environment has; no default flags. */
  allFlags(): Flag[] {
    return this.#source.all();
  }

  /** The same as {@link allFlags}, so that `JSON.stringify(flags)` shows the flags. */
  toJSON(): Flag[] {
    return this.allFlags();
  }
}

/** {@link Flags} of a list that is already complete. */
export function flagsOf(
  list: readonly Flag[],
  { onMissing, source }: Pick<FlagReader, "onMissing" | "source">,
): Flags {
  const byName = new Map(list.map((flag) => [flag.featureName, flag]));
  return new Flags({
    peek: (featureName) => byName.get(featureName),
    lookup: (featureName) => {
      const flag = byName.get(featureName);
      return flag && copyFlag(flag);
    },
    all: () => Array.from(byName.values(), copyFlag),
    onMissing,
    source,
  });
}
