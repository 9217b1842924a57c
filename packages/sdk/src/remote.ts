/**
 * Remote evaluation only, on Cloudflare Workers, Vercel Edge and other isolates, at half the bundle size.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/edge/remote";
