import { createOptionError } from "../errors.ts";
import type { Flag } from "../flags/flag.ts";
import type { FlagCache } from "../options/options.ts";

/**
 * Creates a cache in memory for the option `cache`. If it is full, it drops the entry that was not used for the longest
 * time.
 *
 * @param options - `maxEntries` is the number of identities with their traits (1000), `ttlSeconds` the age at which an
 * entry expires (60).
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a limit that is not positive.
 *
 * @example
 * new Flagsmith({ environmentKey, cache: memoryCache({ ttlSeconds: 10 }) })
 */
export function memoryCache(
  options: {
    readonly maxEntries?: number | undefined;
    readonly ttlSeconds?: number | undefined;
  } = {},
): FlagCache {
  const { maxEntries = 1000, ttlSeconds = 60 } = options;
  for (const [name, limit] of Object.entries({ maxEntries, ttlSeconds })) {
    if (!(limit > 0)) throw createOptionError(name, "must be a number that is greater than 0");
  }
  /** Oldest use first. */
  const entries = new Map<string, { flags: readonly Flag[]; expiresAt: number }>();
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      if (performance.now() >= entry.expiresAt) return undefined;
      entries.set(key, entry);
      return entry.flags;
    },
    set: (key, flags) => {
      entries.delete(key);
      entries.set(key, { flags, expiresAt: performance.now() + ttlSeconds * 1000 });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) return;
        entries.delete(oldest);
      }
    },
  };
}
