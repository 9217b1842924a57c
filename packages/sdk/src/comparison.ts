/**
 * Finds differences between local evaluation and the API in the traffic of an application.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/core/comparison";
