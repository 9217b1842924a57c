import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import type { RemoteControl } from "@flagsmith-isomorphic/testing";

/** Polls a condition until it is true. The limit is only an upper bound against hanging: slow machines stay far below it. */
export async function until(isTrue: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const begin = Date.now();
  while (!(await isTrue())) {
    if (Date.now() - begin > limitMs) throw new Error(`not true after ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Waits for some milliseconds, for example before a check that nothing has happened. Timers of one
 * process fire in the order of their times, so that the check does not depend on the machine's speed.
 */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Returns the result of a promise that waits for neither a timer nor a response. @throws Error if it does. */
export function settlesImmediately<T>(promise: Promise<T>): Promise<T> {
  const timer = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error("expected a promise that settles immediately")), 0);
  });
  return Promise.race([promise, timer]);
}

/** Creates an in-memory storage that exposes its values. */
export function createMemoryStorage(): FlagsmithStorage & {
  readonly values: ReadonlyMap<string, string>;
} {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key) => values.get(key) ?? null,
    setItem: async (key, value) => void values.set(key, value),
  };
}

/** Changes the environment's value of `max_items`, which is 25 initially. */
export async function setMaxItems(control: RemoteControl, value: number | string): Promise<void> {
  await control.updateDocument((document) => {
    const state = document.feature_states.find(({ feature }) => feature.name === "max_items");
    if (state !== undefined) state.feature_state_value = value;
  });
}
