/**
 * Flagsmith as a provider of OpenFeature's server SDK.
 *
 * @module
 */
export { FlagsmithProvider, type FlagsmithProviderOptions } from "./flagsmith-provider.ts";
