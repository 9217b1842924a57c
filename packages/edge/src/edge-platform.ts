import { createTimers, fullJitter, type Platform } from "@flagsmith-isomorphic/core";

/** Cloudflare Workers, Vercel Edge and other isolates: nothing runs between requests. */
export const edgePlatform: Platform = {
  name: "edge",
  // Looked up late, and called as a method: a detached fetch is an illegal invocation on Workers.
  fetch: (url, init) => globalThis.fetch(url, init),
  timers: createTimers<number>(globalThis),
  retryPolicy: fullJitter({ retries: 1, baseMs: 200, maxMs: 1000 }),
};
