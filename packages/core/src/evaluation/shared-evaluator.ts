import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import type { Flags } from "../flags/flags.ts";
import {
  type Identifier,
  type Identity,
  type IdentityParser,
  isRepeatable,
} from "../identity/identity.ts";
import type { Traits } from "../identity/traits.ts";
import type { CallOptions, IdentityCallOptions } from "../options/call-options.ts";
import { untilAborted } from "../platform/abort.ts";
import { listKeyParts } from "./cached-flags.ts";
import type { Evaluator } from "./evaluator.ts";
import type { Scope } from "./scope.ts";

/** One evaluation and the calls that wait for it. */
interface SharedEvaluation {
  readonly flags: Promise<Flags>;
  readonly controller: AbortController;
  /** The calls that have not been aborted. */
  callCount: number;
}

/**
 * The evaluator of one request in remote mode. Calls with the same identity share one evaluation, also while it is in
 * flight. Failures and default flags are not kept.
 */
export class SharedEvaluator implements Evaluator {
  readonly #evaluator: Evaluator;
  readonly #identities: IdentityParser;
  readonly #evaluations = new Map<string, SharedEvaluation>();

  constructor(evaluator: Evaluator, identities: IdentityParser) {
    this.#evaluator = evaluator;
    this.#identities = identities;
  }

  async environmentFlags(scope: Scope, options?: CallOptions): Promise<Flags> {
    return this.#share(undefined, { scope, options }, (signal) =>
      this.#evaluator.environmentFlags(scope, { signal }),
    );
  }

  async identityFlags(
    scope: Scope,
    identifier: Identifier,
    traits?: Traits,
    options?: IdentityCallOptions,
  ): Promise<Flags> {
    const { transient } = options ?? {};
    const identity = this.#identities.parse({ identifier, traits, transient });
    if (!isRepeatable(identity)) {
      return await this.#evaluator.identityFlags(scope, identifier, traits, options);
    }
    return this.#share(identity, { scope, options }, (signal) =>
      this.#evaluator.identityFlags(scope, identifier, traits, { transient, signal }),
    );
  }

  snapshot(scope: Scope, options?: CallOptions): Promise<EnvironmentSnapshot> {
    return this.#evaluator.snapshot(scope, options);
  }

  currentSnapshot(scope: Scope): EnvironmentSnapshot | undefined {
    return this.#evaluator.currentSnapshot(scope);
  }

  /** Returns the flags of an identity. Evaluates them if no other call of the request has. */
  #share(
    identity: Identity | undefined,
    call: { readonly scope: Scope; readonly options: CallOptions | undefined },
    evaluate: (signal: AbortSignal) => Promise<Flags> | Flags,
  ): Promise<Flags> {
    call.scope.assertOpen();
    const { signal } = call.options ?? {};
    signal?.throwIfAborted();
    // The flags list the traits that were dropped.
    const key = JSON.stringify([listKeyParts(identity), identity?.droppedTraits]);
    const evaluation = this.#evaluations.get(key) ?? this.#start(key, evaluate);
    evaluation.callCount++;
    return untilAborted(evaluation.flags, signal, () => {
      evaluation.callCount--;
      if (evaluation.callCount > 0) return;
      this.#evaluations.delete(key);
      evaluation.controller.abort(signal?.reason);
    });
  }

  #start(key: string, evaluate: (signal: AbortSignal) => Promise<Flags> | Flags): SharedEvaluation {
    const controller = new AbortController();
    const flags = Promise.resolve(evaluate(controller.signal));
    const evaluation: SharedEvaluation = { flags, controller, callCount: 0 };
    const forget = () => {
      if (this.#evaluations.get(key) === evaluation) this.#evaluations.delete(key);
    };
    flags.then(({ source }) => source === "default" && forget(), forget);
    this.#evaluations.set(key, evaluation);
    return evaluation;
  }
}
