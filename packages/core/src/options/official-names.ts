import type { EnvironmentDocument, FlagValue } from "../engine/index.ts";
import type { Flag } from "../flags/flag.ts";
import type { TraitInput } from "../identity/traits.ts";
import type { FlagCache, FlagsmithOptions, OfflineHandler } from "./options.ts";

// The names of Flagsmith's Node.js client, so that a program changes only its import.

/** Options that a program sets one after another. */
export type FlagsmithConfig = {
  -readonly [Name in keyof FlagsmithOptions]: FlagsmithOptions[Name];
};

/** The value of a flag. */
export type FlagsmithValue<T = FlagValue> = T;

/** A trait with its options. */
export type TraitConfig = Extract<TraitInput, object>;

/** The option `cache`. It stores lists of flags instead of `Flags`. */
export type FlagsmithCache = FlagCache;

/** The members that every flag has. */
export type BaseFlag = Pick<Flag, "enabled" | "value" | "isDefault">;

/** The environment document. It is plain JSON instead of a class. */
export type EnvironmentModel = EnvironmentDocument;

/** The base class of offline handlers in Flagsmith's Node.js client. Any object with the method works as well. */
export abstract class BaseOfflineHandler implements OfflineHandler {
  /** Returns the environment document in the format of the API, or a promise of it. */
  abstract getEnvironment(): unknown;
}
