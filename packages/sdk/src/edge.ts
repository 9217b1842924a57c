/**
 * Everything for Cloudflare Workers, Vercel Edge and other isolates.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/edge";
