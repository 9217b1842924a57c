import type { Flag } from "../flags/flag.ts";

/**
 * Keeps the flags of remote mode between calls; expiry is the cache's own business.
 *
 * Keys are digests: they hold no environment key, identifier or trait in clear. Values are plain
 * JSON data. A `get` that fails, or gives anything else than what was set, counts as a miss.
 */
export interface FlagCache {
  readonly get: (key: string) => unknown;
  readonly set: (key: string, flags: readonly Flag[]) => unknown;
}
