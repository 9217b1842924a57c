/**
 * A handler for the OpenFeature Remote Evaluation Protocol (OFREP).
 *
 * @module
 */
export { createOfrepHandler, type OfrepHandler } from "./ofrep-handler.ts";
export type { OfrepHandlerOptions, OfrepType } from "./ofrep-options.ts";
