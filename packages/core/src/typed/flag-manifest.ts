import {
  type DefinedFlags,
  defineFlags,
  type FlagManifest,
  type ManifestFlag,
} from "./define-flags.ts";
import {
  createDefinitionError,
  type FlagDefinition,
  numberFlag,
  plainJsonFlag,
  stringFlag,
  toggleFlag,
} from "./flag-definition.ts";

/** The type of a flag in a manifest. `unknown` if the manifest's type does not contain it, as in imported JSON. */
type ManifestValue<F extends ManifestFlag> = F["flagType"] extends "boolean"
  ? boolean
  : F["flagType"] extends "string"
    ? string
    : F["flagType"] extends "integer" | "float"
      ? number
      : unknown;

/** The definitions that a manifest contains. */
type ManifestDefinitions<M extends FlagManifest> = {
  readonly [Name in keyof M["flags"]]: FlagDefinition<ManifestValue<M["flags"][Name]>>;
};

/**
 * Defines the flags of a manifest of the OpenFeature CLI (`flags.json`).
 *
 * Types are inferred from a manifest in the code, or one that is declared `as const`. TypeScript does not keep the
 * `flagType` of imported JSON: such values are `unknown`.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a flag that does not have the format.
 *
 * @example
 * const appFlags = fromManifest({
 *   flags: { max_items: { flagType: "integer", defaultValue: 25 } },
 * });
 * appFlags.in(flags).max_items; // a number
 */
export function fromManifest<const M extends FlagManifest>(
  manifest: M,
): DefinedFlags<ManifestDefinitions<M>> {
  const entries = Object.entries(manifest.flags).map(([name, flag]) => [
    name,
    toDefinition(name, flag),
  ]);
  return defineFlags(Object.fromEntries(entries)) as DefinedFlags<ManifestDefinitions<M>>;
}

function toDefinition(name: string, flag: ManifestFlag): FlagDefinition {
  const { flagType, defaultValue, description } = flag;
  if (flagType === "boolean" && typeof defaultValue === "boolean") {
    return toggleFlag({ default: defaultValue, description });
  }
  if (flagType === "string" && typeof defaultValue === "string") {
    return stringFlag(defaultValue, { description });
  }
  if (flagType === "float" && typeof defaultValue === "number") {
    return numberFlag(defaultValue, { description });
  }
  if (flagType === "integer" && Number.isInteger(defaultValue)) {
    return numberFlag(Number(defaultValue), { integer: true, description });
  }
  if (flagType === "object" && defaultValue !== undefined) {
    return plainJsonFlag(defaultValue, { description });
  }
  throw createDefinitionError(
    `Flag ${JSON.stringify(name)} of the manifest needs a flagType (boolean, string, integer, float or object) ` +
      "and a defaultValue of that type.",
  );
}
