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
