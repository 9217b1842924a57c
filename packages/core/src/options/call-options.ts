import { type FlagsmithClientError, invalidOption, unknownOption } from "../errors.ts";
import { secondsOption, secondsPerDay } from "./option-checks.ts";
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

const timeoutOption = secondsOption(2 * secondsPerDay, { orZero: true });

/** Checks the options of `ready()`. @throws {@link FlagsmithClientError} `INVALID_OPTIONS` */
export function parseReadyOptions({ timeoutSeconds, fresh = false }: ReadyOptions = {}): {
  readonly fresh: boolean;
  readonly timeoutMs: number | undefined;
} {
  if (timeoutSeconds === undefined) return { fresh, timeoutMs: undefined };
  assertOption("timeoutSeconds", timeoutOption, timeoutSeconds);
  return { fresh, timeoutMs: timeoutSeconds * 1000 };
}

/**
 * Checks the last argument of `getIdentityFlags`. Rejects unknown options, so that a misspelt `transient` does not
 * store an identity.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`
 */
export function parseIdentityOptions(
  input: boolean | IdentityCallOptions | undefined,
): IdentityCallOptions | undefined {
  if (input === undefined) return undefined;
  if (typeof input === "boolean") return { transient: input };
  if (typeof input !== "object") throw invalidTransient();
  const names = ["transient", "signal"];
  for (const name in input) {
    if (!names.includes(name)) throw unknownOption(name, names);
  }
  if (!["undefined", "boolean"].includes(typeof input?.transient)) throw invalidTransient();
  return input;
}

function invalidTransient(): FlagsmithClientError {
  return invalidOption("transient", "must be true or false");
}
