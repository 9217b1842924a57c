import { type Call, within } from "../http/call.ts";
import type { Timers } from "../platform/platform.ts";

/** The time between two checks of what another request has loaded. */
const checkMs = 50;

const stages = ["started", "storageRead", "loaded", "stored"] as const;

/** How far a load has come. A load that ends early, or fails, reaches the last stage. */
export type Stage = (typeof stages)[number];

/** The clock and the limits of a {@link Load}. */
export interface LoadOptions {
  readonly timers: Timers;
  readonly sharesPromises: boolean;
  /** The deadline of one load, with all attempts, pages and waits. */
  readonly deadlineMs: number;
}

/** The call that starts a load, and the kind of load. */
export type LoadStart = Partial<Pick<Load, "call" | "isForced" | "acceptsOlder">>;

/** One load of the environment document. No promise of it ever rejects. */
export class Load {
  /** On the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** A forced load skips the storage and every backoff. */
  readonly isForced: boolean;
  /** Whether even an older document is used. */
  readonly acceptsOlder: boolean;
  /** The call that started it, if any. Without shared promises, only this call may await it. */
  readonly call: Call | undefined;
  /** Why the load failed. */
  failure: unknown;
  /** `false` if the storage did not accept the document. */
  isStored = true;
  /** How far the load has come. `reach()` sets it. */
  stage: Stage = "started";
  readonly #options: LoadOptions;
  readonly #checks: (() => void)[] = [];

  constructor(options: LoadOptions, start: LoadStart = {}) {
    this.#options = options;
    this.startedAt = options.timers.monotonicNow();
    this.isForced = start.isForced ?? false;
    this.acceptsOlder = start.acceptsOlder ?? false;
    this.call = start.call;
  }

  get ageMs(): number {
    return this.#options.timers.monotonicNow() - this.startedAt;
  }

  has(stage: Stage): boolean {
    return stages.indexOf(this.stage) >= stages.indexOf(stage);
  }

  reach(stage: Stage): void {
    this.stage = stage;
    this.wake();
  }

  /** Makes waiting calls check their condition. */
  wake(): void {
    for (const check of this.#checks) check();
  }

  /**
   * Waits until the load has reached a stage, or until a condition holds. It is checked at each stage, and after
   * `wake()`. Returns `false` after the wait.
   *
   * @param wait - `maxMs`: the longest wait, within the deadline of the call or of the load.
   * @throws the reason of the call's signal.
   */
  async waitFor(
    until: Stage | (() => boolean),
    wait: { readonly call?: Call | undefined; readonly maxMs?: number | undefined } = {},
  ): Promise<boolean> {
    const { call, maxMs = Number.POSITIVE_INFINITY } = wait;
    const { timers, sharesPromises, deadlineMs } = this.#options;
    const isReached = typeof until === "string" ? () => this.has(until) : until;
    const now = timers.monotonicNow();
    const untilAt = Math.min(now + maxMs, call?.deadlineAt ?? now + deadlineMs);
    while (!isReached()) {
      const restMs = untilAt - timers.monotonicNow();
      if (restMs <= 0) return false;
      // Without shared promises, another request cannot end the wait when it has loaded a document.
      const limitMs = sharesPromises ? restMs : Math.min(checkMs, restMs);
      if (sharesPromises || call === this.call) {
        const limit = { timers, limitMs, signal: call?.signal, onExpiry: () => undefined };
        // Deno runs microtasks while it creates its first timer, so that the load may change meanwhile.
        const changed = new Promise<void>((resolve) => {
          this.#checks.push(() => isReached() && resolve());
        });
        await within<void>(limit, () => changed);
      } else await timers.sleep(limitMs, call?.signal);
    }
    return true;
  }
}
