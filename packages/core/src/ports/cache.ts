import type { Flag } from "../flags/flag.ts";

/**
 * Keeps the flags of remote mode between calls; expiry is the cache's own business.
 *
 * Keys are digests: they hold no environment key, identifier or trait in clear. Values are plain
 * JSON data. A `get` that fails, takes longer than a second or gives no list of flags (JSON text, for example)
 * counts as a miss. A call waits as long for `set`, unless it has a `waitUntil`.
 */
export interface FlagCache {
  readonly get: (key: string) => unknown;
  readonly set: (key: string, flags: readonly Flag[]) => unknown;
}
