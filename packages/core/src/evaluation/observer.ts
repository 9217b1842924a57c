import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import type { Flag } from "../flags/flag.ts";
import type { FlagEvaluation } from "../flags/flag-evaluation.ts";
import { Flags } from "../flags/flags.ts";
import type { FlagEvaluator, SnapshotSource } from "./evaluator.ts";

/** Who watches flags being asked for. */
export interface Observer {
  readonly onEvaluated: (evaluation: FlagEvaluation) => void;
  /** Milliseconds; absent where the clock stands still while code runs. */
  readonly stopwatch: (() => number) | undefined;
}

/** The same evaluator, watched. */
export function observedEvaluator(evaluator: FlagEvaluator, observer: Observer): FlagEvaluator {
  return {
    environmentFlags: async (options) => {
      const since = observer.stopwatch?.();
      return observedFlags(await evaluator.environmentFlags(options), { observer, since });
    },
    identityFlags: async (identifier, ...question) => {
      const since = observer.stopwatch?.();
      const flags = await evaluator.identityFlags(identifier, ...question);
      return observedFlags(flags, { observer, since, identifier });
    },
  };
}

/** The same snapshots, watched. */
export function observedSnapshots(source: SnapshotSource, observer: Observer): SnapshotSource {
  const watched = (snapshot: EnvironmentSnapshot) => observedSnapshot(snapshot, observer);
  return {
    current: () => {
      const snapshot = source.current();
      return snapshot && watched(snapshot);
    },
    load: async (call) => watched(await source.load(call)),
  };
}

function observedSnapshot(snapshot: EnvironmentSnapshot, observer: Observer): EnvironmentSnapshot {
  return {
    updatedAt: snapshot.updatedAt,
    environmentFlags: () => {
      const since = observer.stopwatch?.();
      return observedFlags(snapshot.environmentFlags(), { observer, since });
    },
    identityFlags: (identifier, traits) => {
      const since = observer.stopwatch?.();
      const flags = snapshot.identityFlags(identifier, traits);
      return observedFlags(flags, { observer, since, identifier });
    },
    identitySegments: (...question) => snapshot.identitySegments(...question),
  };
}

interface Question {
  readonly observer: Observer;
  /** When the flags were asked for. */
  readonly since: number | undefined;
  readonly identifier?: string;
}

function observedFlags(flags: Flags, { observer, since = 0, identifier }: Question): Flags {
  const { onEvaluated, stopwatch } = observer;
  const gotMs = (stopwatch?.() ?? 0) - since;
  const ask = (featureName: string): Flag => {
    const from = stopwatch?.();
    const flag = flags.getFlag(featureName);
    const durationMs = from === undefined ? undefined : gotMs + (stopwatch?.() ?? 0) - from;
    const { enabled, value, reason, variant, isDefault } = flag;
    const source = isDefault ? "default" : flags.source;
    onEvaluated({ featureName, enabled, value, reason, variant, identifier, source, durationMs });
    return flag;
  };
  const all = () => flags.allFlags();
  return new Flags({ peek: ask, lookup: ask, all, onMissing: ask, source: flags.source });
}
