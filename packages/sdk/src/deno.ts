/**
 * Everything for Deno.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/deno";
