import type { Flags } from "../flags/flags.ts";

/** One evaluation and the calls that wait for it. */
interface SharedEvaluation {
  readonly flags: Promise<Flags>;
  readonly controller: AbortController;
  /** The calls that have not been aborted. */
  callCount: number;
}

/**
 * The flags that a request has evaluated remotely. Calls with the same identity share one evaluation, also while it is
 * in flight. Failures and default flags are not kept.
 */
export class RequestFlags {
  readonly #evaluations = new Map<string, SharedEvaluation>();

  /**
   * Returns the flags of a key. Evaluates them if no other call has.
   *
   * @param signal - ends this call. The evaluation ends only if all of its calls have ended.
   */
  get(
    key: string,
    signal: AbortSignal | undefined,
    evaluate: (signal: AbortSignal) => Promise<Flags>,
  ): Promise<Flags> {
    const evaluation = this.#evaluations.get(key) ?? this.#start(key, evaluate);
    evaluation.callCount++;
    if (signal === undefined) return evaluation.flags;
    return new Promise((resolve, reject) => {
      const stop = () => {
        reject(signal.reason);
        evaluation.callCount--;
        if (evaluation.callCount > 0) return;
        this.#evaluations.delete(key);
        evaluation.controller.abort(signal.reason);
      };
      signal.addEventListener("abort", stop, { once: true });
      const ended = () => signal.removeEventListener("abort", stop);
      evaluation.flags.then(ended, ended);
      evaluation.flags.then(resolve, reject);
    });
  }

  #start(key: string, evaluate: (signal: AbortSignal) => Promise<Flags>): SharedEvaluation {
    const controller = new AbortController();
    const flags = evaluate(controller.signal);
    const evaluation: SharedEvaluation = { flags, controller, callCount: 0 };
    const forget = () => {
      if (this.#evaluations.get(key) === evaluation) this.#evaluations.delete(key);
    };
    flags.then(({ source }) => source === "default" && forget(), forget);
    this.#evaluations.set(key, evaluation);
    return evaluation;
  }
}
