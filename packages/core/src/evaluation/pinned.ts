import type { EnvironmentSnapshot, SnapshotSource } from "./flag-evaluator.ts";

/** One version for good: the first that is asked for. */
export function pinned(source: SnapshotSource): SnapshotSource {
  let pin: EnvironmentSnapshot | undefined;
  return {
    current: () => {
      pin ??= source.current();
      return pin;
    },
    load: async (call) => {
      const loaded = pin ?? (await source.load(call));
      // Of two questions asked at once, the one that is answered first decides for both.
      pin ??= loaded;
      return pin;
    },
  };
}
