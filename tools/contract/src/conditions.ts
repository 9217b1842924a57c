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
export async function setMaxItems(control: RemoteControl, value: number): Promise<void> {
  await control.updateDocument((document) => {
    const state = document.feature_states.find(({ feature }) => feature.name === "max_items");
    if (state !== undefined) state.feature_state_value = value;
  });
}
