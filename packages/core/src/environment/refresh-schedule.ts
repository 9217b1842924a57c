import { jittered, type Timers } from "../platform/platform.ts";
import { maxSkewMs } from "./document-store.ts";
import { pauseMsAfter } from "./load-failure.ts";

/** What a {@link LazySchedule} needs of the client. */
export interface LazyScheduleContext {
  readonly timers: Timers;
  /** The age at which the API is asked again. */
  readonly intervalMs: number;
  /** How long memory is trusted before the storage is asked again; infinite where there is none. */
  readonly storageCheckMs: number;
  /** For one refresh: all attempts, pages and waits. */
  readonly deadlineMs: number;
}

/** How long a request waits at first where there is something to answer it with. */
export const briefMs = 1000;

/** More is asked of nobody who could be answered at once. */
export const maxPatienceMs = 4000;

const never = Number.NEGATIVE_INFINITY;

/**
 * When an isolate is to ask for its environment: plain instants, which its requests may share where they
 * must not share a promise.
 */
export class LazySchedule {
  readonly #context: LazyScheduleContext;
  #dueAt = never;
  #storageCheckedAt = never;
  /** A refresh that has not ended by then was cut off with its request. */
  #claimedUntil = never;
  /** Until then the API is left alone after a failure. */
  #notBefore = never;
  #failuresInARow = 0;
  #patienceMs = briefMs;

  constructor(context: LazyScheduleContext) {
    this.#context = context;
  }

  /** Whether it is time to ask the API, and nobody does. */
  get isDue(): boolean {
    const waitMs = this.#dueAt - this.#context.timers.now();
    // Longer than any wait is, whoever's clock it was fetched by: the clock was set back.
    const isOver = waitMs <= 0 || waitMs > 3 * this.#context.intervalMs + maxSkewMs;
    return isOver && !this.isHeld;
  }

  /** Whether the API is being asked, or must not be. */
  get isHeld(): boolean {
    return this.isClaimed || this.#context.timers.now() < this.#notBefore;
  }

  /** Whether a request is asking, for all of them. */
  get isClaimed(): boolean {
    return this.#context.timers.now() < this.#claimedUntil;
  }

  get claimedUntil(): number {
    return this.#claimedUntil;
  }

  get isStorageDue(): boolean {
    const { timers, storageCheckMs } = this.#context;
    return timers.now() >= this.#storageCheckedAt + storageCheckMs;
  }

  /** How long a request waits that has no `waitUntil`: ever longer while its refreshes are cut off. */
  get patienceMs(): number {
    return this.#patienceMs;
  }

  /** The caller asks, for all; returns the instant by which it has to be done. */
  claim(): number {
    this.#claimedUntil = this.#context.timers.now() + this.#context.deadlineMs;
    return this.#claimedUntil;
  }

  /** The one who had claimed is done. */
  release(claim: number | undefined): void {
    if (this.#claimedUntil === claim) this.#claimedUntil = never;
  }

  checkedStorage(): void {
    this.#storageCheckedAt = this.#context.timers.now();
  }

  /** The API answered, with a version of that age. */
  answered(fetchedAt: number): void {
    this.#notBefore = never;
    this.#failuresInARow = 0;
    this.#patienceMs = briefMs;
    this.#dueAt = fetchedAt + jittered(this.#context.intervalMs);
  }

  /**
   * A version of that age was found in the storage. One that is newer than what was in memory tells of
   * another isolate that keeps it fresh; only if that one is gone does this one take over.
   */
  found(fetchedAt: number, { isFirst }: { readonly isFirst: boolean }): void {
    const intervals = isFirst ? 1 : 1.5 + Math.random() / 2;
    this.#dueAt = fetchedAt + intervals * this.#context.intervalMs;
  }

  /** The API did not answer; `leastPauseMs` is what it asked for, infinite where it wants no more questions. */
  failed({ hasDocument, leastPauseMs }: { hasDocument: boolean; leastPauseMs: number }): void {
    const { timers, intervalMs } = this.#context;
    const failuresInARow = this.#failuresInARow++;
    const pauseMs = jittered(pauseMsAfter({ hasDocument, failuresInARow, intervalMs }));
    this.#notBefore = timers.now() + Math.max(pauseMs, leastPauseMs);
  }

  /** A request has waited in vain for its refresh. */
  cutOff(): void {
    this.#patienceMs = Math.min(this.#patienceMs * 2, maxPatienceMs);
  }
}
