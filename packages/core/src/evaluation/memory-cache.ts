import { createOptionError } from "../errors.ts";
import type { Flag } from "../flags/flag.ts";
import type { FlagCache } from "../options/options.ts";

/**
 * Creates a cache in memory for the option `cache`. If it is full, it drops the entry that was not used for the longest
 * time.
 *
 * @param options - `maxEntries` is the number of identities (1000), `ttlSeconds` the age at which an entry expires (60).
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
  return new MemoryCache(options);
}

class MemoryCache implements FlagCache {
  readonly #maxEntries: number;
  readonly #ttlMs: number;
  /** Oldest use first. */
  readonly #entries = new Map<
    string,
    { readonly flags: readonly Flag[]; readonly expiresAt: number }
  >();

  constructor({
    maxEntries = 1000,
    ttlSeconds = 60,
  }: { readonly maxEntries?: number | undefined; readonly ttlSeconds?: number | undefined }) {
    for (const [name, limit] of Object.entries({ maxEntries, ttlSeconds })) {
      if (!(limit > 0)) throw createOptionError(name, "must be a number that is greater than 0");
    }
    this.#maxEntries = maxEntries;
    this.#ttlMs = ttlSeconds * 1000;
  }

  get(key: string): readonly Flag[] | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (performance.now() >= entry.expiresAt) return undefined;
    this.#entries.set(key, entry);
    return entry.flags;
  }

  set(key: string, flags: readonly Flag[]): void {
    this.#entries.delete(key);
    this.#entries.set(key, { flags, expiresAt: performance.now() + this.#ttlMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) return;
      this.#entries.delete(oldest);
    }
  }
}
