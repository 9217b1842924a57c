import { addJitter, maxTimerMs } from "../platform/platform.ts";
import type { Load, LoadOptions } from "./load.ts";

/** The longest backoff of calls without a document. */
const maxCallBackoffMs = 10_000;

/** The pause after refusals, unless the interval is longer. `Retry-After` is not followed any longer either. */
const maxPauseMs = 300_000;

/** How long the timer waits after a page that must not load. */
const minInterruptionMs = 1000;

/** The least time between two reads of the storage by the timer. */
const minTimedStorageCheckMs = 1000;

/** How long a call waits for a refresh that ends with its request: 1, 2, then 4 s. */
const minPatienceMs = 1000;
const maxPatienceMs = 4000;

/** The ages of a document from which calls wait for a refresh: if they can, and in any case. */
const overdueIntervals = 2;
const expiredIntervals = 10;

/** The clock and the durations of a {@link RefreshSchedule}. */
export interface ScheduleOptions extends Omit<LoadOptions, "sharesPromises"> {
  readonly intervalMs: number;
  /** Whether a document of the API never becomes due. */
  readonly loadsOnce?: boolean;
  /** The interval while realtime updates report every change. */
  readonly safetyIntervalMs: number;
  /** The time between two reads of the storage. `Infinity` without a storage. */
  readonly storageCheckMs: number;
}

/**
 * Decides when the document is loaded again, and which load is responsible for it.
 *
 * Consists of instants on the monotonic clock, because isolates cannot share promises. The load in flight
 * holds a lease. If it has not ended by then, it was cancelled with its request.
 */
export class RefreshSchedule {
  /** Until when calls need nothing but the document in memory. Every call reads it. Only this class sets it. */
  freshUntil = 0;
  /** Whether another process loaded the document last. Only this class sets it. */
  isFollower = false;
  /** How long a call waits for a refresh that ends with its request. Only this class sets it. */
  patienceMs: number = minPatienceMs;
  /** Whether the client is closed: nothing is loaded. Only this class sets it. */
  isClosed = false;
  readonly #options: ScheduleOptions;
  readonly #onTimer: () => void;
  /** The load that holds the lease. */
  #load: Load | undefined;
  /** The interval in force: the safety interval while realtime updates report every change. */
  #intervalMs: number;
  /** Whether the first interval, which spreads processes that start together, has begun. */
  #isSpread = false;
  /** Whether the document never becomes due, because it is loaded once. */
  #isFinal = false;
  /** When the document was last known to be the latest. The first stored document counts from its adoption. */
  #freshAt = 0;
  #dueAt = 0;
  /** The same on the wall clock, in case the process was suspended with its monotonic clock. */
  #dueWallAt = 0;
  #storageDueAt = 0;
  #isStorageSlow = false;
  /** The end of the backoff for calls without a document, and for realtime updates. */
  #notBefore = 0;
  /** Retry-After deadline: a later failure without this header does not end it. */
  #retryAfterUntil = 0;
  /** Consecutive failures of the same kind. */
  #failures = 0;
  /** Whether they are refusals. */
  #isRefused = false;
  #cancelTimer = () => {};

  constructor(options: ScheduleOptions, onTimer: () => void) {
    this.#options = options;
    this.#onTimer = onTimer;
    this.#intervalMs = options.intervalMs;
    if (options.storageCheckMs === Number.POSITIVE_INFINITY)
      this.#storageDueAt = options.storageCheckMs;
  }

  /** The load that holds the lease, unless the lease has expired. */
  get inFlight(): Load | undefined {
    const load = this.#load;
    return load && this.#now < load.startedAt + this.#options.deadlineMs ? load : undefined;
  }

  /** Whether a load must ask the API. */
  get isDue(): boolean {
    return this.#now >= this.#dueAt || this.#options.timers.now() >= this.#dueWallAt;
  }

  /**
   * The age of the document, since it was last known to be the latest: `due` after one interval, `overdue` after two,
   * `expired` after ten. Calls read no wall clock.
   */
  get age(): "fresh" | "due" | "overdue" | "expired" {
    if (this.#now < this.#dueAt) return "fresh";
    if (this.#now < this.#overdueAt) return "due";
    const expiredAt = this.#freshAt + expiredIntervals * this.#options.intervalMs;
    return this.#now < expiredAt ? "overdue" : "expired";
  }

  /** The age from which a document is overdue. */
  get overdueMs(): number {
    return this.#isFinal ? Number.POSITIVE_INFINITY : overdueIntervals * this.#intervalMs;
  }

  get isStorageDue(): boolean {
    return this.#now >= this.#storageDueAt;
  }

  /** Whether the storage may be read. After a timeout it is left alone until it is due. */
  get isStorageReadable(): boolean {
    return !this.#isStorageSlow || this.isStorageDue;
  }

  /** Whether the backoff, `Retry-After` or the pause after a refusal still forbids a load. */
  get isBlocked(): boolean {
    return this.#now < this.#notBefore;
  }

  /** A load starts, and gets the lease. */
  started(load: Load): void {
    this.#load = load;
    this.#arm();
  }

  /** Ends the lease of a load. */
  ended(load: Load): void {
    if (this.#load !== load) return;
    this.#load = undefined;
    this.#arm();
  }

  /** The storage was read, or is about to be. One that timed out is left alone for an interval. */
  checkedStorage(isInTime = true): void {
    this.#isStorageSlow = !isInTime;
    const { storageCheckMs, intervalMs } = this.#options;
    this.#storageDueAt = this.#now + (isInTime ? storageCheckMs : intervalMs);
    this.#updateFreshUntil();
  }

  /** The API returned the document with a request of this age. */
  loaded({ ageMs, isSafe }: { readonly ageMs: number; readonly isSafe: boolean }): void {
    const { intervalMs, safetyIntervalMs, loadsOnce = false } = this.#options;
    this.#isFinal = loadsOnce;
    this.#intervalMs = isSafe ? safetyIntervalMs : intervalMs;
    this.#failures = 0;
    this.isFollower = false;
    this.#notBefore = 0;
    this.#retryAfterUntil = 0;
    this.patienceMs = minPatienceMs;
    this.#freshAt = this.#now - ageMs;
    // Uniform from 0 to 1, so that processes that start together do not load together.
    const share = this.#isSpread ? addJitter(1) : 1 - Math.abs(2 * Math.random() - 1);
    this.#isSpread = true;
    // A document that is overdue already is loaded again: the process was stopped in between, or the API is slow.
    this.#setDue(Math.min(this.#now + share * this.#intervalMs, this.#overdueAt));
  }

  /**
   * The storage holds a document that is this old. Unless it is the first one, another process keeps the document
   * fresh, and this one takes over only after a longer wait.
   */
  found({ ageMs, isFirst }: { readonly ageMs: number; readonly isFirst: boolean }): void {
    const { intervalMs } = this.#options;
    const intervals = isFirst ? addJitter(1) : 1.5 + Math.random() / 2;
    const isExpired = ageMs >= expiredIntervals * intervalMs;
    this.isFollower = true;
    this.#freshAt = isFirst && !isExpired ? this.#now : this.#now - ageMs;
    this.#isSpread ||= ageMs < intervalMs;
    const dueMs = isFirst && ageMs >= intervalMs ? 0 : intervals * intervalMs;
    this.#setDue(Math.max(this.#now - ageMs + dueMs, this.#notBefore));
  }

  /** A load failed. */
  failed(load: {
    readonly hasDocument: boolean;
    /** Whether a retry is unlikely to help. */
    readonly isRefused: boolean;
    readonly retryAfterMs: number;
  }): void {
    const { intervalMs } = this.#options;
    if (load.isRefused !== this.#isRefused) this.#failures = 0;
    this.#isRefused = load.isRefused;
    const factor = 2 ** this.#failures++;
    const refusedMs = Math.min(intervalMs * factor, Math.max(intervalMs, maxPauseMs));
    const retryAfterAt = this.#now + Math.min(load.retryAfterMs, maxPauseMs);
    this.#retryAfterUntil = Math.max(this.#retryAfterUntil, retryAfterAt);
    const backoffMs = addJitter(Math.min(1000 * factor, intervalMs));
    const retryAfterMs = this.#retryAfterUntil - this.#now;
    const minMs = Math.max(retryAfterMs, load.isRefused ? addJitter(refusedMs) : 0);
    this.#intervalMs = intervalMs;
    // Without a document, calls may start a load earlier than the timer would.
    const maxMs = load.hasDocument ? intervalMs : maxCallBackoffMs;
    this.#notBefore = this.#now + Math.max(Math.min(backoffMs, maxMs), minMs);
    const delayMs = load.hasDocument ? addJitter(intervalMs) : backoffMs;
    this.#setDue(this.#now + Math.max(delayMs, minMs));
  }

  /** Another process is loading the document, and will soon store it. */
  postponed(): void {
    const { intervalMs } = this.#options;
    this.#storageDueAt = this.#now + minTimedStorageCheckMs * (1 + Math.random());
    this.#setDue(this.#now + intervalMs * (0.25 + Math.random() / 4));
  }

  /** A load ended without asking the API. Calls may start another one immediately, the timer waits for a second. */
  interrupted(): void {
    this.#setDue(Math.max(this.#dueAt, this.#now + minInterruptionMs));
  }

  /** A call stopped waiting for a refresh that ends with its request. */
  timedOut(): void {
    this.patienceMs = Math.min(this.patienceMs * 2, maxPatienceMs);
  }

  /** Returns to the usual interval, because the stream of changes is lost. */
  endSafetyInterval(): void {
    const { intervalMs } = this.#options;
    if (this.#intervalMs === intervalMs) return;
    this.#intervalMs = intervalMs;
    const dueAt = this.#freshAt + addJitter(intervalMs);
    // An overdue load is overdue in every process that lost its stream, so spread them.
    const nextAt = dueAt > this.#now ? dueAt : this.#now + intervalMs * Math.random();
    // If it is due already, the process was stopped, and the stream has not kept the document fresh.
    this.#setDue(this.age === "fresh" ? nextAt : this.#dueAt);
  }

  close(): void {
    this.isClosed = true;
    this.#cancelTimer();
    this.#updateFreshUntil();
  }

  #updateFreshUntil(): void {
    if (this.isClosed) this.freshUntil = Number.POSITIVE_INFINITY;
    else if (this.#options.timers.after) this.freshUntil = Math.max(this.#dueAt, this.#overdueAt);
    else this.freshUntil = Math.min(this.#dueAt, this.#storageDueAt);
  }

  get #now(): number {
    return this.#options.timers.monotonicNow();
  }

  get #overdueAt(): number {
    return this.#freshAt + this.overdueMs;
  }

  #setDue(dueAt: number): void {
    this.#dueAt = this.#isFinal ? Number.POSITIVE_INFINITY : dueAt;
    this.#dueWallAt = this.#options.timers.now() + this.#dueAt - this.#now;
    this.#updateFreshUntil();
    this.#arm();
  }

  /** Schedules the next load, or the next read of the storage, which comes at `minCheckAt` or later. */
  #arm(minCheckAt: number = this.#now + minTimedStorageCheckMs): void {
    this.#cancelTimer();
    // If timers run, every load ends by its deadline, and then schedules the next one.
    if (this.isClosed || this.inFlight) return;
    const nextAt = Math.min(this.#dueAt, Math.max(this.#storageDueAt, minCheckAt));
    const waitMs = Math.min(Math.max(1, nextAt - this.#now), maxTimerMs);
    const onTimer = () => {
      // Fake timers may move only the wall clock.
      if (this.#now >= nextAt || this.isDue) this.#onTimer();
      // Timers may fire a little early.
      else this.#arm(nextAt);
    };
    this.#cancelTimer = this.#options.timers.after?.(waitMs, onTimer) ?? this.#cancelTimer;
  }
}
