/**
 * A faster transport for back ends on Node.js, through undici 7 or 8.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/node/undici";
