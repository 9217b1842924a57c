import type { FlagEvaluation, FlagSource } from "../flags/flag-evaluation.ts";
import type { FlagReader, FlagState } from "../flags/flag-reader.ts";
import { Flags, getReader } from "../flags/flags.ts";
import type { FlagsmithOptions } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { WaitUntil } from "../platform/platform.ts";
import type { EvaluationCounter } from "../reporting/evaluation-counter.ts";

/** Passes every flag that is read within a scope to analytics and `onFlagEvaluated`. */
export class Observer {
  readonly #onEvaluated: (evaluation: FlagEvaluation) => void;
  readonly #stopwatch: (() => number) | undefined;

  /** @param stopwatch - returns milliseconds. Missing if the runtime's clock stands still while code runs. */
  constructor(
    onEvaluated: (evaluation: FlagEvaluation) => void,
    stopwatch: (() => number) | undefined,
  ) {
    this.#onEvaluated = onEvaluated;
    this.#stopwatch = stopwatch;
  }

  /** Milliseconds of the stopwatch, or 0 without one. */
  now(): number {
    return this.#stopwatch?.() ?? 0;
  }

  /**
   * Wraps flags so that each read is observed.
   *
   * @param startedAt - when their request or evaluation began, in milliseconds of {@link now}.
   */
  observeFlags(flags: Flags, startedAt: number, identifier?: string): Flags {
    const evaluationMs = this.now() - startedAt;
    const reader = getReader(flags);
    const { droppedTraits } = reader;
    const observe = <T extends FlagState>(
      featureName: string,
      source: FlagSource,
      read: () => T | undefined,
    ): T | undefined => {
      const readAt = this.now();
      const flag = read();
      if (flag === undefined) return undefined;
      const { enabled, value, reason, variant } = flag;
      const durationMs = this.#stopwatch && evaluationMs + this.now() - readAt;
      this.#onEvaluated({
        featureName,
        enabled,
        value,
        reason,
        variant,
        identifier,
        source,
        droppedTraits,
        durationMs,
      });
      return flag;
    };
    const { source } = reader;
    const observed: FlagReader = {
      peek: (name) => observe(name, source, () => reader.peek(name)),
      find: (name) => observe(name, source, () => reader.find(name)),
      getDefault: (name) => {
        const flag = reader.getDefault(name);
        return observe(name, "default", () => flag) ?? flag;
      },
      list: () => reader.list(),
      warn: (name, problem) => reader.warn(name, problem),
      source,
      droppedTraits,
      serverOnlyIds: reader.serverOnlyIds,
    };
    return new Flags(observed, reader);
  }
}

/** Creates the function that creates the observer of a scope, if analytics or `onFlagEvaluated` needs one. */
export function createObserverFactory(
  client: {
    readonly options: Pick<FlagsmithOptions, "onFlagEvaluated">;
    readonly analytics: EvaluationCounter | undefined;
    readonly guard: (kind: string) => Guard;
  },
  stopwatch: (() => number) | undefined,
): ((waitUntil: WaitUntil | undefined) => Observer) | undefined {
  const { analytics, guard } = client;
  const { onFlagEvaluated } = client.options;
  if (onFlagEvaluated === undefined && analytics === undefined) return undefined;
  const guardHook = guard("onFlagEvaluated");
  return (waitUntil) =>
    new Observer((evaluation) => {
      const { featureName, source, identifier } = evaluation;
      // Flagsmith cannot count features that the environment does not have.
      if (source !== "default") analytics?.count(featureName, waitUntil);
      if (onFlagEvaluated === undefined) return;
      void guardHook(() => onFlagEvaluated(evaluation), {
        secrets: identifier ? [identifier] : [],
      });
    }, stopwatch);
}
