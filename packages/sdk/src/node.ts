/**
 * Everything for Node.js and Bun.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/node";
