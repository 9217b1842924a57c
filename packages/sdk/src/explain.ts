/**
 * Explains evaluations: the complete trace of one flag as data, and as text.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/core/explain";
