import * as v from "valibot";
import { createUnknownOptionError, FlagsmithClientError } from "../errors.ts";
import {
  booleanOption,
  durationOption,
  type OptionSchema,
  secondsPerDay,
} from "./option-checks.ts";
import { assertOption } from "./parse-options.ts";

/** Options of a single call. */
export interface CallOptions {
  /** Cancels the call. It rejects immediately with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a single call for an identity. */
export interface IdentityCallOptions extends CallOptions {
  /**
   * Whether the API must store neither the identity nor its traits.
   * @defaultValue `false`
   */
  readonly transient?: boolean | undefined;
}

/** Options of `ready()`. */
export interface ReadyOptions extends CallOptions {
  /**
   * The longest wait in seconds, at most two days.
   * @defaultValue `requestDeadlineSeconds`
   */
  readonly timeoutSeconds?: number | undefined;
  /**
   * Whether to wait until the API has returned a document. Otherwise a stored document or `bootstrap` is enough.
   * @defaultValue `false`
   */
  readonly fresh?: boolean | undefined;
}

/** Options of `updateEnvironment()`. */
export interface UpdateOptions extends CallOptions {
  /**
   * Whether to use the document of the API even if it is older than the one in use, for example after a
   * backup was restored. Otherwise this takes at least five minutes and three intervals.
   * @defaultValue `false`
   */
  readonly acceptOlder?: boolean | undefined;
}

/** The options that are not switches. */
const otherOptions: Readonly<Record<string, OptionSchema<unknown>>> = {
  signal: v.custom(
    (input) => (input ?? null) === null || typeof Object(input).throwIfAborted === "function",
    "must be an AbortSignal",
  ),
  timeoutSeconds: v.optional(durationOption(2 * secondsPerDay, { orZero: true })),
};

const switchOption = v.optional(booleanOption);

/**
 * Checks the options of a call. `null` counts as omitted. Rejects unknown options, so that a misspelt `transient` does
 * not store an identity.
 *
 * @param names - the options of this call, besides `signal`.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`
 */
export function parseCallOptions<T extends CallOptions>(
  input: T | null | undefined,
  ...names: readonly (keyof T & string)[]
): T | undefined {
  if (input === undefined || input === null) return undefined;
  if (typeof input !== "object") {
    throw new FlagsmithClientError("INVALID_OPTIONS", "The options of a call must be an object.");
  }
  const known = ["signal", ...names] as const;
  for (const name of Object.keys(input)) {
    if (!known.some((other) => other === name)) throw createUnknownOptionError(name, known);
  }
  for (const name of known) assertOption(name, otherOptions[name] ?? switchOption, input[name]);
  return input;
}

/** Checks the last argument of `getIdentityFlags`. @throws {@link FlagsmithClientError} `INVALID_OPTIONS` */
export function parseIdentityOptions(
  input: boolean | IdentityCallOptions | null | undefined,
): IdentityCallOptions | undefined {
  return input === undefined || typeof input === "object"
    ? parseCallOptions(input, "transient")
    : { transient: assertOption("transient", switchOption, input) };
}
