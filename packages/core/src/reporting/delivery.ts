import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import { RedirectError } from "../http/fetch.ts";
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
  /**
   * Splits a batch into parts of at most `maxSize` entries that are sent one after the other. Missing if a batch is
   * always one request.
   */
  split?(batch: Batch, maxSize?: number): readonly Batch[];
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
  /** Never sent again: refused by the server, too many for the queue, or not sent by `close()`. */
  readonly dropped: number;
  /**
   * Items of failed attempts that the server may have received. They are sent again, so up to this many items may have
   * been counted twice.
   */
  readonly unconfirmed: number;
}

/** The time between two attempts that nothing else triggers. */
export const deliveryIntervalMs = 10_000;

/** The time between the election of a request and its attempt, in which more items are queued. */
const collectingMs = 500;

/** An attempt that is in flight for this long after its timeout was cancelled with its request. */
const graceMs = 5000;

/** Requests that may refuse parts of one attempt. Then the rest of a refused part is dropped. */
const maxHalvings = 50;

interface Part<Batch> {
  readonly batch: Batch;
  readonly itemCount: number;
}

interface Attempt<Batch> {
  /** The parts that are not settled yet. The first one is in flight. */
  readonly parts: Part<Batch>[];
  /** The timeout of the request in flight and the grace period end at this time. */
  endsBy: number;
  halvings: number;
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
  /** The value of `#dropped` at the last failure. */
  #knownDropped = 0;
  #unconfirmed = 0;
  /** The first request that queues an item after this time sends the queue. */
  #electAt = 0;
  /** Whether the last attempt has ended. Failed batches are not queued again then. */
  #hasEnded = false;
  /** Retry-After deadline: do not send before this time. */
  #notBefore = 0;
  /** The warnings logged since the last success: `true` for dropped items, `false` for a retry. */
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

  /** Returns how many entries may be queued if the queue has room for `free` more. */
  capacity(free: number): number {
    return this.isClosed ? 0 : free;
  }

  /** Counts items as dropped. */
  drop(count: number): void {
    this.#dropped += count;
  }

  protected get isInFlight(): boolean {
    return this.#inFlight.size > 0;
  }

  /** The entries of the batches in flight. An entry can contain several items, such as evaluations of a feature. */
  protected get inFlightSize(): number {
    let size = 0;
    for (const { parts } of this.#inFlight) {
      for (const { batch } of parts) size += batch.size;
    }
    return size;
  }

  /** Milliseconds until the server's `Retry-After` ends, or 0. */
  protected get retryAfterMs(): number {
    return Math.max(0, this.#notBefore - this.timers.monotonicNow());
  }

  /**
   * Elects a request to send the queue under its `waitUntil`. Returns whether it is responsible.
   *
   * Elects by timestamp, because the request that was elected before may have been cancelled.
   *
   * @param isUrgent - whether the queue is full. Then an earlier election does not count.
   */
  protected elect(isUrgent: boolean): boolean {
    const now = this.timers.monotonicNow();
    if (this.retryAfterMs > 0 || (now < this.#electAt && !isUrgent)) return false;
    this.#electAt = now + deliveryIntervalMs;
    return true;
  }

  /** Waits until an elected request has queued most of its items. Rejects as soon as `signal` aborts. */
  protected collect(signal?: AbortSignal): Promise<void> {
    return this.timers.sleep(collectingMs, signal);
  }

  counts(): DeliveryCounts {
    let pending = this.queue.size();
    for (const { parts } of this.#inFlight) {
      for (const { itemCount } of parts) pending += itemCount;
    }
    return {
      accepted: this.#accepted,
      pending,
      dropped: this.#dropped,
      unconfirmed: this.#unconfirmed,
    };
  }

  /**
   * Sends the queue once. Resolves to whether the server accepted any of it. Never rejects.
   *
   * Returns `undefined` if the queue is empty.
   */
  protected send(isLast = false): Promise<boolean> | undefined {
    const { queue } = this;
    const now = this.timers.monotonicNow();
    this.#requeueCancelled(now);
    const itemCount = queue.size();
    if (itemCount === 0) return undefined;
    const batch = queue.takeBatch();
    const parts = queue.split?.(batch).map(toPart) ?? [{ batch, itemCount }];
    const attempt = { parts, endsBy: Number.POSITIVE_INFINITY, halvings: 0 };
    this.#inFlight.add(attempt);
    return this.#run(attempt, isLast);
  }

  /** Sends the queue for the last time. Items that could not be delivered are dropped. */
  protected async sendLast(): Promise<void> {
    await this.send(true);
    this.#hasEnded = true;
    // Earlier attempts may have failed during the last one.
    this.drop(this.queue.size());
    this.queue.takeBatch();
  }

  /** Queues the batches of cancelled attempts again. Isolates cancel attempts with their request, without an error. */
  #requeueCancelled(now: number): void {
    for (const attempt of this.#inFlight) {
      if (now <= attempt.endsBy) continue;
      this.#fail(attempt, new FlagsmithAPIError("API_TIMEOUT", "cancelled with its request"));
    }
  }

  async #run(attempt: Attempt<Batch>, isLast: boolean): Promise<boolean> {
    const { parts } = attempt;
    const { timeoutMs, queue } = this.#options;
    let isAccepted = false;
    for (let [part] = parts; part; [part] = parts) {
      attempt.endsBy = this.timers.monotonicNow() + timeoutMs + graceMs;
      const failure = await this.#options
        .send(part.batch, { signal: undefined, deadlineAt: Number.POSITIVE_INFINITY })
        .then(() => undefined, toApiError);
      // The rest was queued again, because the attempt seemed to be cancelled.
      if (!this.#inFlight.has(attempt)) return isAccepted;
      const { batch, itemCount } = part;
      const status = failure?.status ?? 0;
      if (!failure) {
        this.#accepted += itemCount;
        this.#warnedOfLoss.clear();
        isAccepted = true;
      } else if (!isFinalStatus(status)) {
        this.#fail(attempt, failure, isLast);
        return false;
      } else if (
        [400, 413].includes(status) &&
        batch.size > 1 &&
        queue.split &&
        attempt.halvings < maxHalvings
      ) {
        attempt.halvings++;
        parts.push(...queue.split(batch, Math.ceil(batch.size / 2)).map(toPart));
      } else {
        this.#observeRetryAfter(failure);
        this.drop(itemCount);
        this.#warnOfFailure(failure);
      }
      parts.shift();
    }
    this.#inFlight.delete(attempt);
    return isAccepted;
  }

  /** The part in flight failed. All remaining parts are queued again, unless this was the last attempt. */
  #fail(attempt: Attempt<Batch>, error: FlagsmithAPIError, isLast = false): void {
    this.#inFlight.delete(attempt);
    const { code, status = 0 } = error;
    this.#observeRetryAfter(error);
    const isUnprocessed =
      error instanceof RedirectError || code === "PERMISSION_DENIED" || [425, 429].includes(status);
    // In other cases the server may have processed the items before the attempt failed.
    if (!isUnprocessed) this.#unconfirmed += attempt.parts[0]?.itemCount ?? 0;
    const isLost = isLast || this.#hasEnded;
    for (const { batch, itemCount } of attempt.parts) {
      this.drop(isLost ? itemCount : this.queue.requeue(batch));
    }
    this.#warnOfFailure(error);
  }

  #observeRetryAfter({ retryAfterMs = 0 }: FlagsmithAPIError): void {
    this.#notBefore = Math.max(this.#notBefore, this.timers.monotonicNow() + retryAfterMs);
  }

  /** Logs the first loss and the first retry of an outage. */
  #warnOfFailure({ message }: FlagsmithAPIError): void {
    // Includes items that a full queue has dropped since the last attempt.
    const lostCount = this.#dropped - this.#knownDropped;
    this.#knownDropped = this.#dropped;
    const isLoss = lostCount > 0;
    if (this.#warnedOfLoss.has(isLoss)) return;
    this.#warnedOfLoss.add(isLoss);
    const ending = lostCount === 1 ? "" : "s";
    const outcome = isLoss
      ? `${lostCount} ${this.#options.itemName}${ending} dropped`
      : "will retry";
    this.warn(`could not be sent: ${message.replace(/\.$/, "")}; ${outcome}`);
  }

  /** Logs a warning that begins with the kind of report. */
  protected warn(problem: string): void {
    this.#options.logger.warn(`${this.#options.kind} ${problem}.`);
  }
}

/** The message of an error that is not the SDK's own may contain secrets. */
function toApiError(thrown: unknown): FlagsmithAPIError {
  if (thrown instanceof FlagsmithAPIError) return thrown;
  const { name = "unknown error", message } = Object(thrown);
  const reason: string = thrown instanceof FlagsmithClientError ? message : name;
  return new FlagsmithAPIError("API_UNREACHABLE", reason);
}

function toPart<Batch extends { readonly size: number }>(batch: Batch): Part<Batch> {
  return { batch, itemCount: batch.size };
}

/** Creates the delivery of a queue: `backgroundDelivery` or `isolateDelivery`. */
export type CreateDelivery = <Batch extends { readonly size: number }>(
  options: DeliveryOptions<Batch>,
) => Delivery<Batch>;
