import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";
import { within } from "./call.ts";

/**
 * Calls the user's storage, cache or `changes`. Resolves to `undefined` if that fails or does not respond within
 * `limitMs`. Never rejects: the guard logs the first failure.
 */
export function guardWithin<T>(
  guard: Guard,
  limit: {
    readonly timers: Timers;
    readonly limitMs: number;
    readonly signal: AbortSignal | undefined;
  },
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T | undefined> {
  const onExpiry = () => {
    throw new Error(`no response within ${Math.round(limit.limitMs / 10) / 100} s`);
  };
  return guard(() => within<T>({ ...limit, onExpiry }, work), { signal: limit.signal });
}
