import { createOptionError } from "@flagsmith-isomorphic/core";

/** @throws {@link FlagsmithClientError} `INVALID_OPTIONS` unless `seconds` is a whole number or `undefined`. */
export function assertSeconds(argument: string, seconds: unknown, min: number): void {
  if (seconds === undefined || (Number.isSafeInteger(seconds) && Number(seconds) >= min)) return;
  throw createOptionError(argument, `must be a whole number of seconds, at least ${min}`);
}

/** @throws {@link FlagsmithClientError} `INVALID_OPTIONS` unless `input` is a string with characters. */
export function assertText(argument: string, input: unknown): void {
  if (typeof input === "string" && input !== "") return;
  throw createOptionError(argument, "must be a non-empty string");
}

/**
 * @param kind - a description of the object for the message
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` unless `input` has the methods. A missing binding is
 * `undefined`, whatever its type says.
 */
export function assertMethods(
  argument: string,
  input: object,
  { names, kind }: { readonly names: readonly string[]; readonly kind: string },
): void {
  const object: Readonly<Record<string, unknown>> = Object(input);
  if (names.every((name) => typeof object[name] === "function")) return;
  throw createOptionError(argument, `must be ${kind} with ${names.join(" and ")}`);
}
