import { invalidOption } from "@flagsmith-isomorphic/core";

/** @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for what is given and is not a whole number of seconds. */
export function assertSeconds(argument: string, seconds: unknown, least: number): void {
  if (seconds === undefined || (Number.isSafeInteger(seconds) && Number(seconds) >= least)) return;
  throw invalidOption(argument, `must be a whole number of seconds, at least ${least}`);
}

/** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, saying what it must be instead. */
export function assertMethods(
  argument: string,
  input: object,
  { names, kind }: { readonly names: readonly string[]; readonly kind: string },
): void {
  // A binding that is missing is undefined, whatever its type says.
  const held = Object(input);
  if (names.every((name) => typeof Reflect.get(held, name) === "function")) return;
  throw invalidOption(argument, `must be ${kind}, with ${names.join(" and ")}`);
}
