import { copyFlag, type Flag, type FlagValue } from "./flag.ts";
import type { FlagSource } from "./flag-evaluation.ts";

/** Reads the flags of one evaluation, for {@link Flags}. */
export interface FlagReader {
  /** The flag without a copy, or `undefined` for an unknown feature. Must not be returned to users. */
  peek(featureName: string): Pick<Flag, "enabled" | "value"> | undefined;
  /** A copy of the flag, or `undefined` for an unknown feature. */
  find(featureName: string): Flag | undefined;
  /** A copy of every flag. */
  list(): Flag[];
  /** The default flag of an unknown feature. */
  getDefault(featureName: string): Flag;
  readonly source: FlagSource;
}

/** The flags of an environment or an identity. They do not change after the call. */
export class Flags {
  readonly #reader: FlagReader;

  constructor(reader: FlagReader) {
    this.#reader = reader;
  }

  /** The source of the flags. An unknown feature has a default flag, whatever the source. */
  get source(): FlagSource {
    return this.#reader.source;
  }

  /** Whether the feature is on. Uses the default flag if the feature is unknown. */
  isFeatureEnabled(featureName: string): boolean {
    const reader = this.#reader;
    return (reader.peek(featureName) ?? reader.getDefault(featureName)).enabled;
  }

  /** The value of the feature, on or off. Uses the default flag if the feature is unknown. */
  getFeatureValue(featureName: string): FlagValue | undefined {
    const reader = this.#reader;
    return (reader.peek(featureName) ?? reader.getDefault(featureName)).value;
  }

  /** The flag with all its details. Uses the default flag if the feature is unknown. */
  getFlag(featureName: string): Flag {
    return this.#reader.find(featureName) ?? this.#reader.getDefault(featureName);
  }

  /** Every flag of the environment, without default flags. */
  allFlags(): Flag[] {
    return this.#reader.list();
  }

  /** The same as {@link allFlags}, used by `JSON.stringify(flags)`. */
  toJSON(): Flag[] {
    return this.allFlags();
  }
}

/** Creates {@link Flags} from a complete list. */
export function createFlags(
  list: readonly Flag[],
  { getDefault, source }: Pick<FlagReader, "getDefault" | "source">,
): Flags {
  const flags = new Map(list.map((flag) => [flag.featureName, flag]));
  return new Flags({
    peek: (featureName) => flags.get(featureName),
    find: (featureName) => {
      const flag = flags.get(featureName);
      return flag && copyFlag(flag);
    },
    list: () => Array.from(flags.values(), copyFlag),
    getDefault,
    source,
  });
}
