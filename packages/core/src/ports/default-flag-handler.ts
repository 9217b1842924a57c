import type { FlagValue } from "../flags/flag.ts";

/** What a {@link DefaultFlagHandler} returns: a `DefaultFlag`, or a plain object like one. */
export interface DefaultFlagLike {
  readonly enabled: boolean;
  readonly value?: FlagValue | undefined;
}

/** Gives the flag for a feature that the environment does not answer for; what it throws reaches the caller. */
export type DefaultFlagHandler = (featureName: string) => DefaultFlagLike;
