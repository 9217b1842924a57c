/**
 * A handler for the OpenFeature Remote Evaluation Protocol (OFREP).
 *
 * @module
 */
export * from "@flagsmith-isomorphic/core/ofrep";
