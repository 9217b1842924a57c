import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import type { FlagEvaluation, FlagSource } from "../flags/flag-evaluation.ts";
import type { FlagReader, FlagState } from "../flags/flag-reader.ts";
import { Flags, getReader } from "../flags/flags.ts";
import { anonymous, type Identifier } from "../identity/identity.ts";
import type { Traits } from "../identity/traits.ts";
import type { CallOptions, IdentityCallOptions } from "../options/call-options.ts";
import type { FlagsmithOptions } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { EvaluationCounter } from "../reporting/evaluation-counter.ts";
import type { Evaluator } from "./evaluator.ts";
import type { Scope } from "./scope.ts";

/** Receives every flag that is read. */
type OnEvaluated = (evaluation: FlagEvaluation, scope: Scope) => void;

/** An evaluator that passes every flag that is read to analytics and `onFlagEvaluated`. */
class ObservedEvaluator implements Evaluator {
  readonly #evaluator: Evaluator;
  readonly #onEvaluated: OnEvaluated;
  readonly #stopwatch: (() => number) | undefined;

  /** @param stopwatch - returns milliseconds. Missing if the runtime's clock stands still while code runs. */
  constructor(
    evaluator: Evaluator,
    onEvaluated: OnEvaluated,
    stopwatch: (() => number) | undefined,
  ) {
    this.#evaluator = evaluator;
    this.#onEvaluated = onEvaluated;
    this.#stopwatch = stopwatch;
  }

  async environmentFlags(scope: Scope, options?: CallOptions): Promise<Flags> {
    const observe = this.#start(scope);
    return observe(await this.#evaluator.environmentFlags(scope, options));
  }

  async identityFlags(
    scope: Scope,
    identifier: Identifier,
    traits?: Traits,
    options?: IdentityCallOptions,
  ): Promise<Flags> {
    const observe = this.#start(scope, identifier);
    return observe(await this.#evaluator.identityFlags(scope, identifier, traits, options));
  }

  async snapshot(scope: Scope, options?: CallOptions): Promise<EnvironmentSnapshot> {
    return this.#observeSnapshot(await this.#evaluator.snapshot(scope, options), scope);
  }

  currentSnapshot(scope: Scope): EnvironmentSnapshot | undefined {
    const snapshot = this.#evaluator.currentSnapshot(scope);
    return snapshot && this.#observeSnapshot(snapshot, scope);
  }

  #observeSnapshot(snapshot: EnvironmentSnapshot, scope: Scope): EnvironmentSnapshot {
    return {
      updatedAt: snapshot.updatedAt,
      environmentFlags: () => this.#start(scope)(snapshot.environmentFlags()),
      identityFlags: (identifier, traits) =>
        this.#start(scope, identifier)(snapshot.identityFlags(identifier, traits)),
      identitySegments: (identifier, traits) => snapshot.identitySegments(identifier, traits),
    };
  }

  /** Starts an evaluation. Returns the function that wraps its flags so that each read is observed. */
  #start(scope: Scope, given?: Identifier): (flags: Flags) => Flags {
    const startedAt = this.#now();
    return (flags) => {
      const evaluationMs = this.#now() - startedAt;
      const named = given === anonymous ? "" : given;
      const identifier = named === undefined ? undefined : String(named);
      const reader = getReader(flags);
      const { origin, droppedTraits } = reader;
      const observe = <T extends FlagState>(
        featureName: string,
        source: FlagSource,
        read: () => T | undefined,
      ): T | undefined => {
        const readAt = this.#now();
        const flag = read();
        if (flag === undefined) return undefined;
        const { featureId, enabled, value, reason, variant } = flag;
        const durationMs = this.#stopwatch && evaluationMs + this.#now() - readAt;
        const evaluation = {
          featureName,
          featureId,
          enabled,
          value,
          reason,
          variant,
          identifier,
          source,
          error: origin.failure,
          documentUpdatedAt: origin.updatedAt,
          droppedTraits,
          durationMs,
        };
        this.#onEvaluated(evaluation, scope);
        return flag;
      };
      const { source } = origin;
      const observed: FlagReader = {
        peek: (name) => observe(name, source, () => reader.peek(name)),
        find: (name) => observe(name, source, () => reader.find(name)),
        getDefault: (name) => {
          const flag = reader.getDefault(name);
          return observe(name, "default", () => flag) ?? flag;
        },
        list: () => reader.list(),
        origin,
        unobserved: reader,
        droppedTraits,
      };
      return new Flags(observed);
    };
  }

  /** Milliseconds of the stopwatch, or 0 without one. */
  #now(): number {
    return this.#stopwatch?.() ?? 0;
  }
}

/** Wraps an evaluator if analytics or `onFlagEvaluated` observe its flags. Returns it unchanged otherwise. */
export function observeEvaluator(
  evaluator: Evaluator,
  client: {
    readonly options: Pick<FlagsmithOptions, "onFlagEvaluated">;
    readonly analytics: EvaluationCounter | undefined;
    readonly guard: (kind: string) => Guard;
    readonly stopwatch: (() => number) | undefined;
  },
): Evaluator {
  const { analytics, guard, stopwatch } = client;
  const { onFlagEvaluated } = client.options;
  if (onFlagEvaluated === undefined && !analytics) return evaluator;
  const guardHook = guard("onFlagEvaluated");
  const onEvaluated = (evaluation: FlagEvaluation, { waitUntil }: Scope) => {
    const { featureName, source, identifier } = evaluation;
    // Flagsmith cannot count features that the environment does not have.
    if (source !== "default") analytics?.count(featureName, waitUntil);
    if (onFlagEvaluated === undefined) return;
    void guardHook(() => onFlagEvaluated(evaluation), {
      secrets: identifier ? [identifier] : [],
    });
  };
  return new ObservedEvaluator(evaluator, onEvaluated, stopwatch);
}
