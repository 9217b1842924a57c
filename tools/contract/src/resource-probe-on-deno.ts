import { createHeapReader, type ResourceProbe } from "./resource-probe.ts";

/** The part of Deno that is used here. */
declare const Deno: { memoryUsage(): { readonly heapUsed: number } };

/** Available if Deno was started with `--v8-flags=--expose-gc`. */
declare function gc(): void;

/** Creates the probe for Deno. */
export function createDenoProbe(): ResourceProbe {
  const listeners = trackListeners();
  return {
    heapBytes: createHeapReader(gc, () => Deno.memoryUsage().heapUsed),
    counts: () => ({ listeners: listeners.size }),
  };
}

type ChangeListener = (type: string, listener: unknown) => void;

/** Tracks global listeners from now on, because Deno cannot list them. Adapters look the globals up late. */
function trackListeners(): ReadonlySet<unknown> {
  const { addEventListener, removeEventListener } = globalThis as unknown as Record<
    string,
    ChangeListener
  >;
  const listeners = new Set<unknown>();
  Object.assign(globalThis, {
    addEventListener: (...[type, listener]: Parameters<ChangeListener>) => {
      listeners.add(listener);
      addEventListener?.(type, listener);
    },
    removeEventListener: (...[type, listener]: Parameters<ChangeListener>) => {
      listeners.delete(listener);
      removeEventListener?.(type, listener);
    },
  });
  return listeners;
}
