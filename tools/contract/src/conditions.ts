import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";

/** Generous: it only tells what never happens from what is slow. */
const limitMs = 10_000;

/** Waits until something is true. */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
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
