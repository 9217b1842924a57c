import { createTimers, fullJitter, LiveClients, type Platform } from "@flagsmith-isomorphic/core";

/** The platform of Cloudflare Workers, Vercel Edge and other isolates, where nothing runs between requests. */
export const edgePlatform: Platform = {
  name: "edge",
  // Called as a method, because Workers refuse a detached fetch, and looked up at each call, so that a
  // replaced global fetch is used.
  fetch: (url, init) => globalThis.fetch(url, init),
  timers: createTimers<number>(globalThis),
  sharesPromises: false,
  liveClients: new LiveClients(),
  retryPolicy: fullJitter({ retries: 1, baseMs: 200, maxMs: 1000 }),
};
