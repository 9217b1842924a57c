import { type Call, remainingMs, within } from "../http/call.ts";
import type { Timers } from "../platform/platform.ts";

/** The time between two looks at a load that another request started. */
const checkMs = 50;

/** How far a load has come: the storage was read, the API has answered, the document was stored. */
const stages = ["started", "looked", "answered", "done"] as const;
type Stage = (typeof stages)[number];

/** One load of the environment document. No promise of it ever rejects. */
export class Load {
  /** Loads are numbered in the order of their start. */
  readonly number: number;
  /** On the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** A forced load skips the storage and every backoff. */
  readonly isForced: boolean;
  readonly acceptsOlder: boolean;
  /** Why the load failed. */
  failure: unknown;
  /** Whether the storage holds the document, or a newer one. */
  isStored = true;
  #stage: Stage = "started";
  #advanced: Promise<void>;
  #advance = () => {};

  constructor(
    number: number,
    startedAt: number,
    { isForced = false, acceptsOlder = false }: { isForced?: boolean; acceptsOlder?: boolean } = {},
  ) {
    this.number = number;
    this.startedAt = startedAt;
    this.isForced = isForced;
    this.acceptsOlder = acceptsOlder;
    this.#advanced = this.#createStep();
  }

  has(stage: Stage): boolean {
    return stages.indexOf(this.#stage) >= stages.indexOf(stage);
  }

  reach(stage: Stage): void {
    if (this.has(stage)) return;
    this.#stage = stage;
    const advance = this.#advance;
    this.#advanced = this.#createStep();
    advance();
  }

  /**
   * Waits until the condition holds, which can only become true with a stage. Returns whether it holds.
   *
   * @param wait - `maxMs`: the longest wait, within the call's deadline. `isShared`: whether the caller may
   * await a promise of this load. Otherwise it looks every 50 ms.
   * @throws the reason of the call's signal.
   */
  async waitFor(
    condition: () => boolean,
    wait: {
      readonly call: Call;
      readonly timers: Timers;
      readonly maxMs: number;
      readonly isShared: boolean;
    },
  ): Promise<boolean> {
    const { call, timers, maxMs, isShared } = wait;
    const untilAt = timers.monotonicNow() + Math.min(maxMs, remainingMs(call, timers));
    while (!condition()) {
      const limitMs = untilAt - timers.monotonicNow();
      if (limitMs <= 0) return false;
      if (isShared) {
        const limit = { timers, limitMs, signal: call.signal, onExpiry: () => undefined };
        await within<void>(limit, () => this.#advanced);
      } else await timers.sleep(Math.min(checkMs, limitMs), call.signal);
    }
    return true;
  }

  #createStep(): Promise<void> {
    return new Promise((resolve) => {
      this.#advance = resolve;
    });
  }
}
