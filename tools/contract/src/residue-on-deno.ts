import { heapOnceCollected, type Residue } from "./residue.ts";

/** The part of Deno that is used here. */
declare const Deno: { memoryUsage(): { readonly heapUsed: number } };

/** There where Deno was started with `--v8-flags=--expose-gc`. */
declare function gc(): void;

/** What Deno shows. */
export function residueOnDeno(): Residue {
  const listeners = listenersFromNowOn();
  return {
    heapBytes: heapOnceCollected(gc, () => Deno.memoryUsage().heapUsed),
    counts: () => ({ listeners: listeners.size }),
  };
}

type Listen = (type: string, listener: unknown) => void;

/** Deno does not tell who listens to its end; adapters look the globals up late. */
function listenersFromNowOn(): ReadonlySet<unknown> {
  const { addEventListener, removeEventListener } = globalThis as unknown as Record<string, Listen>;
  const listeners = new Set<unknown>();
  Object.assign(globalThis, {
    addEventListener: (...[type, listener]: Parameters<Listen>) => {
      listeners.add(listener);
      addEventListener?.(type, listener);
    },
    removeEventListener: (...[type, listener]: Parameters<Listen>) => {
      listeners.delete(listener);
      removeEventListener?.(type, listener);
    },
  });
  return listeners;
}
