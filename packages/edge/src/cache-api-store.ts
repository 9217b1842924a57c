import { type FlagsmithStorage, invalidOption } from "@flagsmith-isomorphic/core";
import { assertSeconds } from "./assert-options.ts";

/** Options of {@link cacheApiStore}. */
export interface CacheApiStoreOptions {
  /**
   * The cache to open. The runtime's default cache is not used: it may answer requests from outside.
   * @defaultValue `"flagsmith"`
   */
  readonly cacheName?: string | undefined;
  /**
   * The origin of the URLs under which documents are kept; none of them is ever requested.
   * @defaultValue `"https://flagsmith.invalid"`
   */
  readonly origin?: string | undefined;
  /**
   * Seconds for which a document that is not written again is kept, at most; at least 1.
   * @defaultValue 86400, a day
   */
  readonly ttlSeconds?: number | undefined;
}

/**
 * Keeps the environment document in the Cache API, for the isolates of one data centre.
 *
 * Needs no binding. Cloudflare has it on custom domains only: on `workers.dev` nothing is kept.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a bad option, and where the runtime has no Cache API.
 *
 * @example
 * const storage = cacheApiStore({ ttlSeconds: 3600 });
 */
export function cacheApiStore({
  cacheName = "flagsmith",
  origin = "https://flagsmith.invalid",
  ttlSeconds = 86_400,
}: CacheApiStoreOptions = {}): FlagsmithStorage {
  assertSeconds("ttlSeconds", ttlSeconds, 1);
  if (typeof cacheName !== "string" || cacheName === "") {
    throw invalidOption("cacheName", "must be a name");
  }
  if (!isOrigin(origin)) throw invalidOption("origin", "must be an http(s) origin, without a path");
  if (typeof caches === "undefined") {
    throw invalidOption("storage", "cannot be a cacheApiStore: this runtime has no Cache API");
  }
  const urlOf = (key: string) => new URL(key, origin).href;
  const headers = {
    "Content-Type": "application/json",
    "Cache-Control": `public, max-age=${ttlSeconds}`,
  };
  return {
    // Opened for each request: what one has opened must not be used by another.
    getItem: async (key) => {
      const cache = await caches.open(cacheName);
      return (await cache.match(urlOf(key)))?.text();
    },
    setItem: async (key, value) => {
      const cache = await caches.open(cacheName);
      await cache.put(urlOf(key), new Response(value, { headers }));
    },
  };
}

function isOrigin(input: unknown): boolean {
  if (typeof input !== "string" || !URL.canParse(input)) return false;
  const { origin, href, protocol } = new URL(input);
  return (protocol === "https:" || protocol === "http:") && href === `${origin}/`;
}
