/**
 * Typed flags: definitions, values and manifests.
 *
 * @module
 */
export {
  type DefinedFlags,
  defineFlags,
  type FlagDefinitions,
  type FlagManifest,
  type FlagValues,
  type ManifestFlag,
  type TypedFlag,
} from "./define-flags.ts";
export {
  type FlagDefinition,
  type FlagDefinitionOptions,
  jsonFlag,
  numberFlag,
  stringFlag,
  toggleFlag,
} from "./flag-definition.ts";
export { fromManifest } from "./flag-manifest.ts";
export type { StandardSchema } from "./standard-schema.ts";
export type { JsonValue } from "./value-type.ts";
