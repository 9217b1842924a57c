/**
 * Adapter of the Vercel Flags SDK (npm `flags`) for Flagsmith.
 *
 * @module
 */
export {
  FlagsmithAdapter,
  type FlagsmithAdapterOptions,
  type FlagsmithFlagAdapter,
  type ReadFlag,
} from "./flagsmith-adapter.ts";
export {
  type FlagsmithEntities,
  type IdentifyOptions,
  identifyByCookie,
  identifyByHeader,
} from "./identify.ts";
export { toVercelFlags, type VercelFlagDeclarations } from "./to-vercel-flags.ts";
