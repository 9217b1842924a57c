import type { Mode } from "./scenario.ts";

const types = ["boolean", "string", "integer", "float", "object"] as const;

/** Names the scenarios of an outline with one flag of each type. */
function forTypes(
  title: string,
  flag: string,
  names: readonly (typeof types)[number][] = types,
): readonly string[] {
  return names.map((name) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return `${title} (${name}-${flag}, ${type})`;
  });
}

const withoutVariants = ["string", "integer", "float", "object"] as const;

/** In all modes. */
const missingConcepts: readonly string[] = [
  // Only multivariate features have variants, and the test flags have single values.
  ...forTypes("Complete evaluation details structure", "flag", withoutVariants),
  ...forTypes("Variant field population", "flag", withoutVariants),
  // Features have no metadata of their own. Those of the provider are always there.
  "Flag metadata in evaluation details",
  "Returns metadata",
  ...forTypes("Returns no metadata", "flag", ["boolean", "integer", "float", "string"]),
  // Local evaluation caches no flags. Remote evaluation does not cache anonymous identities without traits.
  ...forTypes("CACHED reason", "flag", ["boolean", "string"]),
];

/** Every feature is on or off, whatever its value, and a boolean feature that is off is `false`. */
const enabledBooleans: readonly string[] = [
  "Type mismatch error (string-flag, Boolean)",
  "Type error",
  "DISABLED reason (boolean-disabled-flag, Boolean)",
];

/** The API sends no reasons, as that of Flagsmith does not. */
const unknownReasons: readonly string[] = [
  ...forTypes("Resolves zero value", "zero-flag"),
  ...forTypes("Resolves zero value with targeting", "targeted-zero-flag"),
  ...forTypes("Resolves zero value with targeting using default", "targeted-zero-flag"),
  ...forTypes("Complete evaluation details structure", "flag", ["boolean"]),
  ...forTypes("Empty evaluation context", "targeted-zero-flag"),
  ...forTypes("Null context values", "targeted-zero-flag"),
  "Multiple context attributes targeting",
  "Structure flag evaluation",
  "Passes evaluation details to after and finally hooks",
];

/** Remote evaluation is ready at once. It notices an outage when flags are evaluated. */
const readyAtOnce: readonly string[] = [
  ...forTypes("Provider not ready error", "flag"),
  "Provider status accessibility (not ready, NOT_READY)",
  "Provider status accessibility (error, ERROR)",
  "Provider status accessibility (fatal, FATAL)",
  "Provider status accessibility (stale, STALE)",
];

/** Lists the scenarios that cannot pass in a mode. Every other one must pass, and each of these must fail. */
export function listExceptions({ isLocal, booleans }: Mode): ReadonlySet<string> {
  return new Set([
    ...missingConcepts,
    ...(booleans === "enabled" ? enabledBooleans : []),
    ...(isLocal ? [] : [...unknownReasons, ...readyAtOnce]),
  ]);
}
