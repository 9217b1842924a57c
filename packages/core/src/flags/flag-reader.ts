import type { CompiledEnvironment } from "../engine/index.ts";
import type { FlagsmithClientError } from "../errors.ts";
import type { Flag } from "./flag.ts";
import type { FlagSource } from "./flag-evaluation.ts";

/** The origin of the flags of one evaluation. Several evaluations can share it. */
export interface FlagsOrigin {
  readonly source: FlagSource;
  readonly defaults: FlagDefaults;
  /** The ids of the features that only server-side keys receive. `undefined` if unknown. */
  readonly serverOnlyIds: ReadonlySet<unknown> | undefined;
  /** When Flagsmith last changed the environment document, in ISO 8601. Missing if it has no date, or without one. */
  readonly updatedAt?: string | undefined;
  /** The environment that was evaluated. Missing for flags of the API and for default flags. */
  readonly compiled?: CompiledEnvironment;
  /** The failure that default flags replace. */
  readonly failure?: FlagsmithClientError | undefined;
}

/** The members of a flag that are read without a copy. */
export type FlagState = Pick<Flag, "enabled" | "value" | "reason" | "variant" | "featureId">;

/** Reads the flags of one evaluation, for {@link Flags}. */
export interface FlagReader {
  /**
   * The flag without a copy, or `undefined` for an unknown feature. Must not be returned to users. A version of the
   * environment returns the same object each time, so that its value is parsed once.
   */
  peek(featureName: string): FlagState | undefined;
  /** A copy of the flag, or `undefined` for an unknown feature. */
  find(featureName: string): Flag | undefined;
  /** A copy of every flag. */
  list(): Flag[];
  /** The default flag of an unknown feature. */
  getDefault(featureName: string): Flag;
  readonly origin: FlagsOrigin;
  /** The reader whose evaluations are not counted. Missing if nothing counts them. */
  readonly unobserved?: FlagReader;
  /** The names of the traits that were not used, because they are invalid. */
  readonly droppedTraits: readonly string[];
}

/** Returns a reader whose reads do not count as evaluations, for example for comparisons in tests. */
export function getUnobserved(reader: FlagReader): FlagReader {
  return reader.unobserved ?? reader;
}

/** The parts of a client that its `Flags` use: the default flags, the warnings, and the kind of the environment key. */
export interface FlagDefaults {
  /**
   * Returns the default flag of a feature. @throws the errors of the handler.
   *
   * @param isFailure - whether the feature is unknown because the API failed.
   */
  get(featureName: string, isFailure?: boolean): Flag;
  /** Logs a value of the wrong type, once for each version of the environment, feature and problem. */
  warn(origin: FlagsOrigin, featureName: string, problem: string): void;
  /** Whether the API also returns the features that only server-side keys receive. */
  readonly hasServerKey: boolean;
}
