import type { EnvironmentChangeHandler } from "../options/options.ts";
import type { Logger } from "../platform/logger.ts";
import { type BackgroundTimers, jittered, maxTimerMs } from "../platform/platform.ts";
import type { FollowedEnvironment } from "../realtime/change-tracker.ts";
import type { RealtimeUpdates } from "../realtime/realtime-updates.ts";
import type { DocumentSource } from "./document-source.ts";
import { computeBackoffMs } from "./load-failure.ts";

/** The dependencies and intervals of an environment that is polled. */
export interface PollingOptions {
  readonly source: DocumentSource;
  readonly timers: BackgroundTimers;
  readonly logger: Logger;
  readonly onChange: EnvironmentChangeHandler;
  readonly intervalMs: number;
  /** The interval while realtime updates report every change. */
  readonly safetyIntervalMs: number;
  /** The deadline of one load, with all attempts, pages and waits. */
  readonly deadlineMs: number;
  /** Missing if only polls detect changes. */
  readonly createRealtimeUpdates?:
    | ((environment: FollowedEnvironment) => RealtimeUpdates)
    | undefined;
}

/** Decides when the next poll runs. At most one is scheduled. */
export class PollSchedule {
  readonly #options: PollingOptions;
  readonly #poll: (options: { readonly isUnconditional: boolean }) => void;
  #cancel = () => {};
  #consecutiveFailures = 0;
  /** The end of the wait after a failure: backoff, `Retry-After`, or `Infinity` after a refusal. */
  #notBefore = 0;
  /** When the last load succeeded. */
  #startedAt = 0;
  /** Whether the next poll comes after the safety interval. */
  #isSafetyPoll = false;
  #isClosed = false;

  constructor(
    options: PollingOptions,
    poll: (options: { readonly isUnconditional: boolean }) => void,
  ) {
    this.#options = options;
    this.#poll = poll;
  }

  /** Whether loads other than polls and `updateEnvironment()` must wait after a failure. */
  get isBlocked(): boolean {
    return this.#options.timers.now() < this.#notBefore;
  }

  /** Schedules the next poll after `delayMs` with jitter, but not before `minMs`. */
  scheduleIn(delayMs: number, minMs = 0): void {
    const waitMs = Math.min(Math.max(jittered(delayMs), minMs), maxTimerMs);
    this.cancel();
    // A safety poll is unconditional, because not every change updates `Last-Modified`.
    const poll = () => this.#poll({ isUnconditional: this.#isSafetyPoll });
    if (!this.#isClosed) this.#cancel = this.#options.timers.after(waitMs, poll);
  }

  /** Schedules the next poll after a load that succeeded. */
  succeeded({ isSafetyPoll }: { readonly isSafetyPoll: boolean }): void {
    const { timers, intervalMs, safetyIntervalMs } = this.#options;
    this.#consecutiveFailures = 0;
    this.#notBefore = 0;
    this.scheduleIn(isSafetyPoll ? safetyIntervalMs : intervalMs);
    this.#startedAt = timers.now();
    this.#isSafetyPoll = isSafetyPoll;
  }

  /**
   * Schedules the next poll after a load that failed.
   *
   * @param failure - `hasDocument`: whether a document is in use, even a stale one.
   */
  failed(failure: { readonly hasDocument: boolean; readonly retryAfterMs: number }): void {
    const { timers, intervalMs } = this.#options;
    const { hasDocument, retryAfterMs } = failure;
    const backoffMs = computeBackoffMs(this.#consecutiveFailures++, intervalMs);
    this.#notBefore = timers.now() + Math.max(backoffMs, retryAfterMs);
    this.scheduleIn(hasDocument ? intervalMs : backoffMs, retryAfterMs);
  }

  /** Schedules no poll until a load succeeds. */
  refused(): void {
    this.#consecutiveFailures += 1;
    this.#notBefore = Number.POSITIVE_INFINITY;
  }

  /** Replaces a pending safety poll by one at the normal interval, counted from the last load. */
  endSafetyInterval(): void {
    if (!this.#isSafetyPoll) return;
    const { timers, intervalMs } = this.#options;
    // At most one interval, in case the clock was set back.
    const leftMs = Math.min(intervalMs - (timers.now() - this.#startedAt), intervalMs);
    // An overdue poll is overdue in every process that lost its stream, so spread them.
    this.scheduleIn(leftMs > 0 ? leftMs : intervalMs * Math.random());
  }

  cancel(): void {
    this.#isSafetyPoll = false;
    this.#cancel();
  }

  /** Cancels the next poll and schedules no others. */
  close(): void {
    this.#isClosed = true;
    this.cancel();
  }
}
