import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import type { RemoteControl } from "@flagsmith-isomorphic/testing";

/** Waits until something is true; the limit is generous: it only tells what never happens from what is slow. */
export async function until(isTrue: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
  const begin = Date.now();
  while (!(await isTrue())) {
    if (Date.now() - begin > limitMs) throw new Error(`not true after ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A storage of text that can be looked into. */
export function memoryStorage(): FlagsmithStorage & {
  readonly values: ReadonlyMap<string, string>;
} {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key) => values.get(key) ?? null,
    setItem: async (key, value) => void values.set(key, value),
  };
}

/** Changes the value that the environment has for `max_items`: 25 at first. */
export async function setMaxItems(control: RemoteControl, value: number): Promise<void> {
  await control.updateDocument((document) => {
    const state = document.feature_states.find(({ feature }) => feature.name === "max_items");
    if (state !== undefined) state.feature_state_value = value;
  });
}
