import { type BackgroundTimers, jittered, longestTimerMs } from "../platform/platform.ts";
import { pauseMsAfter } from "./load-failure.ts";

/** What a {@link PollSchedule} needs of the client. */
export interface PollScheduleContext {
  readonly timers: BackgroundTimers;
  readonly intervalMs: number;
  /** Between polls that only make sure, where changes are told as well. */
  readonly safetyIntervalMs: number;
  readonly poll: (options: { readonly isUnconditional: boolean }) => void;
}

/** A load that failed. */
export interface PollFailure {
  /** Whether there is a document, be it old. */
  readonly hasDocument: boolean;
  /** What the server asked for. */
  readonly retryAfterMs: number;
}

/** When the next poll is due; there is at most one. */
export class PollSchedule {
  readonly #context: PollScheduleContext;
  #cancel = () => {};
  #failuresInARow = 0;
  /** What a failure asks for, by its `Retry-After`, by refusing the key, or by being one of several. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #begunAt = 0;
  #isRelaxed = false;
  #isClosed = false;

  constructor(context: PollScheduleContext) {
    this.#context = context;
  }

  /** Whether nothing but a poll may ask the server now. */
  get isHeldBack(): boolean {
    return this.#context.timers.now() < this.#notBefore;
  }

  /** The next poll after `delayMs`, ten per cent more or less, but not before `leastMs`. */
  in(delayMs: number, leastMs = 0): void {
    const { timers, poll } = this.#context;
    const waitMs = Math.min(Math.max(jittered(delayMs), leastMs), longestTimerMs);
    this.cancel();
    // One that makes sure must not be content with a date: not all changes move it.
    const pollNow = () => poll({ isUnconditional: this.#isRelaxed });
    if (!this.#isClosed) this.#cancel = timers.after(waitMs, pollNow);
  }

  /** The next poll after a load that went well: an interval later, or a long one where it only makes sure. */
  succeeded({ isRelaxed }: { readonly isRelaxed: boolean }): void {
    const { timers, intervalMs, safetyIntervalMs } = this.#context;
    this.#failuresInARow = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
    this.in(isRelaxed ? safetyIntervalMs : intervalMs);
    this.#begunAt = timers.now();
    this.#isRelaxed = isRelaxed;
  }

  /** The next poll after a load that failed. */
  failed({ hasDocument, retryAfterMs }: PollFailure): void {
    const { timers, intervalMs } = this.#context;
    const failuresInARow = this.#failuresInARow++;
    const restMs = pauseMsAfter({ hasDocument: false, failuresInARow, intervalMs });
    this.#notBefore = timers.now() + Math.max(restMs, retryAfterMs);
    this.in(pauseMsAfter({ hasDocument, failuresInARow, intervalMs }), retryAfterMs);
  }

  /** No poll any more, until a load goes well. */
  refused(): void {
    this.#failuresInARow += 1;
    this.#notBefore = Number.POSITIVE_INFINITY;
  }

  /** Back from the long interval to the usual one, of which a part has passed. */
  hasten(): void {
    if (!this.#isRelaxed) return;
    const { timers, intervalMs } = this.#context;
    // No more than an interval, should the clock have been set back.
    const leftMs = Math.min(intervalMs - (timers.now() - this.#begunAt), intervalMs);
    // Where all of it has passed, it has in many processes: what failed now failed for them too.
    this.in(leftMs > 0 ? leftMs : intervalMs * Math.random());
  }

  cancel(): void {
    this.#isRelaxed = false;
    this.#cancel();
  }

  /** No poll is ever due again. */
  close(): void {
    this.#isClosed = true;
    this.cancel();
  }
}
