import { sha256 } from "../digest.ts";

/**
 * Keeps the last good environment document across restarts and isolates: any unstorage driver, or two functions.
 *
 * Keys consist of `A-Z a-z 0-9 _ -` and are at most 80 characters long.
 */
export interface FlagsmithStorage {
  /** The value of a key, as it was set or parsed from JSON; `null` or `undefined` where there is none. */
  readonly getItem: (key: string) => unknown;
  /** Missing where the store is read-only. */
  readonly setItem?: ((key: string, value: string) => unknown) | undefined;
}

/** The name under which a store keeps the document of an environment; it gives the key away to nobody. */
export async function storageKey(environmentKey: string, apiUrl: string): Promise<string> {
  return `flagsmith-${await sha256(JSON.stringify([environmentKey, apiUrl]))}`;
}
