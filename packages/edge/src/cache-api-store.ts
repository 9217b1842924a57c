import { createOptionError, type FlagsmithStorage, parseUrl } from "@flagsmith-isomorphic/core";
import { assertSeconds, assertText } from "./assert-options.ts";

/** Options of {@link cacheApiStore}. */
export interface CacheApiStoreOptions {
  /**
   * The name of the cache. The runtime's default cache is not used, because it may serve public requests.
   * @defaultValue `"flagsmith"`
   */
  readonly cacheName?: string | undefined;
  /**
   * The origin of the URLs that documents are stored under. These URLs are never requested.
   * @defaultValue `"https://flagsmith.invalid"`
   */
  readonly origin?: string | undefined;
  /**
   * Seconds until a document expires that has not changed; at least 1.
   * @defaultValue 86400 (a day)
   */
  readonly ttlSeconds?: number | undefined;
}

/**
 * Stores the environment document in the Cache API, for the isolates of one data centre.
 *
 * Requires no binding. On Cloudflare the Cache API needs a custom domain: on `workers.dev` it stores nothing.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for an invalid option, or if the runtime has no Cache API.
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
  assertText("cacheName", cacheName);
  if (!isOrigin(origin))
    throw createOptionError("origin", "must be an http(s) origin without a path");
  if (typeof caches === "undefined") {
    throw createOptionError("storage", "cannot be a cacheApiStore: this runtime has no Cache API");
  }
  const createUrl = (key: string) => new URL(key, origin).href;
  const headers = { "Cache-Control": `public, max-age=${ttlSeconds}` };
  return {
    // Opened for each call, because a request must not use the I/O objects of another.
    getItem: async (key) => {
      const cache = await caches.open(cacheName);
      return (await cache.match(createUrl(key)))?.text();
    },
    setItem: async (key, value) => {
      const cache = await caches.open(cacheName);
      await cache.put(createUrl(key), new Response(value, { headers }));
    },
  };
}

function isOrigin(input: unknown): boolean {
  const url = parseUrl(String(input));
  // Workers with a compatibility date before 2022-10-31 do not add the slash.
  return /^https?:/.test(url?.href ?? "") && url?.href.replace(/\/$/, "") === url?.origin;
}
