import type { EnvironmentChangeHandler } from "../options/options.ts";
import type { Logger } from "../platform/logger.ts";
import { jittered, type Timers } from "../platform/platform.ts";
import type { DocumentSource } from "./document-source.ts";
import { maxClockSkewMs } from "./document-store.ts";
import { computeBackoffMs } from "./load-failure.ts";

/** The dependencies and intervals of an isolate's environment. */
export interface IsolateOptions {
  readonly source: DocumentSource;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly onChange: EnvironmentChangeHandler;
  /** The age at which the document is due for a refresh. */
  readonly intervalMs: number;
  /** The time between two reads of the storage. `Infinity` without a storage. */
  readonly storageCheckMs: number;
  /** The deadline of one load, with all attempts, pages and waits. */
  readonly deadlineMs: number;
}

/** How long a request that could be answered from memory waits at first, for a refresh or the storage. */
export const minRefreshWaitMs = 1000;

/** The longest that a request that could be answered from memory waits for a refresh. */
export const maxRefreshWaitMs = 4000;

/**
 * Decides when an isolate refreshes its environment, and which request does it.
 *
 * The state consists of timestamps in milliseconds since the epoch, because requests cannot share
 * promises. The request that loads holds a lease until `leasedUntil`.
 */
export class RefreshSchedule {
  readonly #options: IsolateOptions;
  #dueAt = 0;
  #storageCheckedAt = 0;
  /** The end of the lease. A load that has not ended by then was cancelled with its request. */
  #leasedUntil = 0;
  /** The end of the wait after a failure: backoff, `Retry-After`, or `Infinity` after a refusal. */
  #notBefore = 0;
  #consecutiveFailures = 0;
  #waitMs = minRefreshWaitMs;

  constructor(options: IsolateOptions) {
    this.#options = options;
  }

  /** Whether the document is due for a refresh that may start now. */
  get isDue(): boolean {
    const { timers, intervalMs } = this.#options;
    const leftMs = this.#dueAt - timers.now();
    // No wait is that long, even between two clocks of a fleet: this clock was set back.
    const isOver = leftMs <= 0 || leftMs > 3 * intervalMs + maxClockSkewMs;
    return isOver && !this.isBlocked;
  }

  /** Whether no load may start: one is in flight, or the wait after a failure is not over. */
  get isBlocked(): boolean {
    return this.isLeased || this.#options.timers.now() < this.#notBefore;
  }

  /** Whether a request is loading the document. */
  get isLeased(): boolean {
    return this.#options.timers.now() < this.#leasedUntil;
  }

  get leasedUntil(): number {
    return this.#leasedUntil;
  }

  get isStorageDue(): boolean {
    const { timers, storageCheckMs } = this.#options;
    return timers.now() >= this.#storageCheckedAt + storageCheckMs;
  }

  /** How long a request without `waitUntil` waits for its refresh. Doubles with each refresh that times out. */
  get waitMs(): number {
    return this.#waitMs;
  }

  /** Acquires the lease for the caller. Returns its end, by which the load must be done. */
  acquire(): number {
    this.#leasedUntil = this.#options.timers.now() + this.#options.deadlineMs;
    return this.#leasedUntil;
  }

  /** Releases a lease, unless another request has acquired a new one. */
  release(lease: number | undefined): void {
    if (this.#leasedUntil === lease) this.#leasedUntil = 0;
  }

  checkedStorage(): void {
    this.#storageCheckedAt = this.#options.timers.now();
  }

  /** The API returned a document, fetched at this time. */
  loaded(fetchedAt: number): void {
    this.#notBefore = 0;
    this.#consecutiveFailures = 0;
    this.#waitMs = minRefreshWaitMs;
    this.#dueAt = fetchedAt + jittered(this.#options.intervalMs);
  }

  /**
   * The storage held a newer document, fetched at this time.
   *
   * If a document was in memory before, another isolate refreshes the storage. This one takes over only
   * after a longer wait.
   */
  foundInStorage(fetchedAt: number, { isFirst }: { readonly isFirst: boolean }): void {
    const intervals = isFirst ? 1 : 1.5 + Math.random() / 2;
    this.#dueAt = fetchedAt + intervals * this.#options.intervalMs;
  }

  /**
   * A load failed.
   *
   * @param failure - `hasDocument`: whether a document is in use, even a stale one. `minPauseMs`: the
   * `Retry-After` of the response, or `Infinity` after a refusal.
   */
  failed(failure: { readonly hasDocument: boolean; readonly minPauseMs: number }): void {
    const { timers, intervalMs } = this.#options;
    const { hasDocument, minPauseMs } = failure;
    const backoffMs = computeBackoffMs(this.#consecutiveFailures++, intervalMs);
    const delayMs = hasDocument ? intervalMs : backoffMs;
    this.#notBefore = timers.now() + Math.max(jittered(delayMs), minPauseMs);
  }

  /** A request without `waitUntil` stopped waiting for its refresh. */
  timedOut(): void {
    this.#waitMs = Math.min(this.#waitMs * 2, maxRefreshWaitMs);
  }
}
