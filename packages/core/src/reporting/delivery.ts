import { FlagsmithAPIError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import { RedirectRefused } from "../http/fetch.ts";
import type { Logger } from "../platform/logger.ts";
import type { Platform, Timers, WaitUntil } from "../platform/platform.ts";
import { isFinalStatus } from "../platform/retry-policy.ts";

/** A bounded queue of items that are sent in batches. */
export interface Queue<Batch> {
  /** The number of queued items. */
  size(): number;
  /** Empties the queue. Items that arrive later belong to the next batch. */
  takeBatch(): Batch;
  /** Puts the items of a failed batch before newer ones. Returns how many items had to be dropped. */
  requeue(batch: Batch): number;
}

/** How the items of a queue are delivered. */
export interface DeliveryOptions<Batch> {
  /** The kind of report, for log messages. */
  readonly kind: string;
  /** The name of one item, for log messages. */
  readonly itemName: string;
  readonly queue: Queue<Batch>;
  /** Sends a batch once. @throws {@link FlagsmithAPIError} */
  readonly send: (batch: Batch, call: Call) => Promise<unknown>;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The limit of one attempt. */
  readonly timeoutMs: number;
  readonly onExit: Platform["onExit"];
}

/** Counts of the items of one kind since the client was created. */
export interface DeliveryCounts {
  /** The server confirmed that it received them. */
  readonly accepted: number;
  /** Not delivered yet: queued or in flight. */
  readonly pending: number;
  /** Never sent again: refused by the server, too many for the queue, or created after `close()`. */
  readonly dropped: number;
  /**
   * Items of failed attempts that the server may have received nevertheless. They are sent again, so that up to this
   * many may have been counted twice.
   */
  readonly unconfirmed: number;
}

/** The time between two attempts that nothing else triggers. */
export const deliveryIntervalMs = 10_000;

/** Time after the timeout of an attempt until it counts as cancelled with its request. */
const graceMs = 5000;

interface Attempt<Batch> {
  readonly batch: Batch;
  /** The number of items. */
  readonly size: number;
  /** An attempt that is still in flight after this time was cancelled with its request. */
  readonly endsBy: number;
}

/**
 * Sends a queue about every 10 s, when it is full, on `flush()` and on `close()`. Subclasses decide when exactly.
 *
 * Delivers at least once: a batch that failed is queued again and sent with newer items.
 */
export abstract class Delivery<Batch extends { readonly size: number }> {
  protected readonly queue: Queue<Batch>;
  protected readonly timers: Timers;
  protected isClosed = false;
  readonly #options: DeliveryOptions<Batch>;
  readonly #inFlight = new Set<Attempt<Batch>>();
  #accepted = 0;
  #dropped = 0;
  #unconfirmed = 0;
  /** Nothing is queued again after the last attempt. */
  #isOver = false;
  /** Retry-After deadline: do not send before this time. */
  #notBefore = 0;
  /** Which of the two warnings (will retry, dropped) was logged since the last success. */
  readonly #warnedOfLoss = new Set<boolean>();

  constructor(options: DeliveryOptions<Batch>) {
    this.#options = options;
    this.queue = options.queue;
    this.timers = options.timers;
  }

  /** Must be called after an item was queued. `isFull` sends the queue without delay. */
  abstract onQueued(waitUntil: WaitUntil | undefined, isFull?: boolean): void;

  /** Sends the queue, unless the server's `Retry-After` forbids it. Never rejects. */
  abstract flush(): Promise<void>;

  /** Sends the queue for the last time, even during a `Retry-After`. Never rejects. */
  abstract close(): Promise<void>;

  /** How many more items may be queued if the queue has `free` places. */
  capacity(free: number): number {
    return this.isClosed ? 0 : free;
  }

  /** Counts items that could not be queued. */
  drop(count: number): void {
    this.#dropped += count;
  }

  protected get isInFlight(): boolean {
    return this.#inFlight.size > 0;
  }

  /** The total size of the batches in flight. */
  protected get inFlightSize(): number {
    let size = 0;
    for (const { batch } of this.#inFlight) size += batch.size;
    return size;
  }

  /** Milliseconds until the server's `Retry-After` ends, or 0. */
  protected get retryAfterMs(): number {
    return Math.max(0, this.#notBefore - this.timers.now());
  }

  report(): DeliveryCounts {
    let pending = this.queue.size();
    for (const { size } of this.#inFlight) pending += size;
    return {
      accepted: this.#accepted,
      pending,
      dropped: this.#dropped,
      unconfirmed: this.#unconfirmed,
    };
  }

  /**
   * Sends the queue once. Resolves to whether the server accepted it. Never rejects.
   *
   * Returns `undefined` if the queue is empty.
   */
  protected send(isLast = false): Promise<boolean> | undefined {
    const { queue } = this;
    const { timeoutMs } = this.#options;
    const now = this.timers.now();
    this.#requeueCancelled(now);
    const size = queue.size();
    if (size === 0) return undefined;
    const attempt = { batch: queue.takeBatch(), size, endsBy: now + timeoutMs + graceMs };
    this.#inFlight.add(attempt);
    return this.#make(attempt, now + timeoutMs, isLast);
  }

  /** Sends the queue for the last time. Items that could not be delivered are dropped. */
  protected async sendLast(): Promise<void> {
    await this.send(true);
    this.#isOver = true;
    // Batches of earlier attempts that failed during the last one.
    this.drop(this.queue.size());
    this.queue.takeBatch();
  }

  /** The runtime of an isolate cancels attempts when their request ends, without an error. */
  #requeueCancelled(now: number): void {
    for (const attempt of this.#inFlight) {
      if (now <= attempt.endsBy) continue;
      this.#fail(attempt, new FlagsmithAPIError("API_TIMEOUT", "cancelled with its request"));
    }
  }

  async #make(attempt: Attempt<Batch>, deadlineAt: number, isLast: boolean): Promise<boolean> {
    try {
      await this.#options.send(attempt.batch, { signal: undefined, deadlineAt });
    } catch (error) {
      this.#fail(attempt, error, isLast);
      return false;
    }
    // It may have been queued again as cancelled.
    if (!this.#inFlight.delete(attempt)) return false;
    this.#accepted += attempt.size;
    this.#warnedOfLoss.clear();
    return true;
  }

  #fail(attempt: Attempt<Batch>, error: unknown, isLast = false): void {
    if (!this.#inFlight.delete(attempt)) return;
    const apiError: Partial<FlagsmithAPIError> = error instanceof FlagsmithAPIError ? error : {};
    const { code, status = 0, retryAfterMs = 0 } = apiError;
    this.#notBefore = Math.max(this.#notBefore, this.timers.now() + retryAfterMs);
    const isRefused = isFinalStatus(status);
    const isUnused =
      error instanceof RedirectRefused ||
      code === "PERMISSION_DENIED" ||
      [425, 429].includes(status);
    // Otherwise the server may have used the items before the attempt failed.
    if (!isRefused && !isUnused) this.#unconfirmed += attempt.size;
    const isLost = isRefused || isLast || this.#isOver;
    this.drop(isLost ? attempt.size : this.queue.requeue(attempt.batch));
    // Messages of other errors may contain secrets.
    const reason = apiError.message ?? (error instanceof Error ? error.name : "unknown error");
    this.#warn(reason, isLost ? attempt.size : 0);
  }

  /** Logs the first loss and the first retry of an outage. */
  #warn(reason: string, lost: number): void {
    const { logger, kind, itemName } = this.#options;
    const isLoss = lost > 0;
    if (this.#warnedOfLoss.has(isLoss)) return;
    this.#warnedOfLoss.add(isLoss);
    const outcome = isLoss ? `${lost} ${itemName}${lost === 1 ? "" : "s"} dropped` : "will retry";
    logger.warn(`${kind} could not be sent: ${reason.replace(/\.$/, "")}; ${outcome}.`);
  }
}

/** Creates the delivery of a queue: `backgroundDelivery` or `isolateDelivery`. */
export type CreateDelivery = <Batch extends { readonly size: number }>(
  options: DeliveryOptions<Batch>,
) => Delivery<Batch>;
