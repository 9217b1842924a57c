import { detach, maxTimerMs, type Platform, type WaitUntil } from "../platform/platform.ts";
import {
  type CreateDelivery,
  Delivery,
  type DeliveryOptions,
  deliveryIntervalMs,
} from "./delivery.ts";

/**
 * Delivery if timers run between requests: one attempt at a time, started by a timer, or by a request whose `waitUntil`
 * keeps the process from being frozen.
 */
export const backgroundDelivery: CreateDelivery = (options) => new BackgroundDelivery(options);

/**
 * States:
 * - Idle: the queue is empty. There is neither a timer nor an exit listener.
 * - Queued: a timer starts an attempt 10 s after the first item was queued. A full queue, `flush()` or a request
 *   with a `waitUntil` starts it earlier, at most one such request in 10 s. None of them starts it before the end of a
 *   `Retry-After`. The end of the process always starts it.
 * - In flight: all calls of `flush()` share one further attempt, which starts after this one.
 * - Delivered: if the queue became full meanwhile, the next attempt starts immediately. If it is not empty, a timer
 *   starts the next attempt.
 * - Failed: the batch is queued again, and a timer starts the next attempt.
 * - Closed: a last attempt follows the attempt in flight. Items that cannot be delivered are dropped.
 */
class BackgroundDelivery<Batch extends { readonly size: number }> extends Delivery<Batch> {
  /** The last attempt that was started. */
  #attempt: Promise<boolean> | undefined;
  /** The attempt that follows the one in flight. */
  #next: Promise<void> | undefined;
  /** Whether the queue became full after the last attempt started. The next attempt then follows immediately. */
  #isOverdue = false;
  /** Ends the wait of an elected request. */
  readonly #closing = new AbortController();
  #ending: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #onExit: Platform["onExit"];
  #cancelExit: (() => void) | undefined;

  constructor(options: DeliveryOptions<Batch>) {
    super(options);
    this.#onExit = options.onExit;
  }

  onQueued(waitUntil: WaitUntil | undefined, isFull = false): void {
    if (this.isClosed) return;
    this.#cancelExit ??= this.#onExit?.(() => {
      // Only once, or a process that evaluates flags in its exit handler would never exit.
      this.#onExit = undefined;
      void this.#sendAll();
    });
    this.#isOverdue ||= isFull;
    this.#schedule();
    const isUrgent = isFull && !this.isInFlight;
    if (waitUntil !== undefined && this.elect(isUrgent)) waitUntil(this.#sendCollected(isFull));
    else if (isUrgent) this.#flushDetached();
  }

  async flush(): Promise<void> {
    if (this.isClosed) await this.close();
    else await (this.retryAfterMs > 0 ? this.#attempt : this.#sendAll());
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.#closing.abort();
    this.#becomeIdle();
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** Waits for the attempt in flight. If it fails, the last attempt includes its items. */
  async #end(): Promise<void> {
    if (this.isInFlight) await this.#attempt;
    await this.sendLast();
  }

  /** Sends the items of an elected request, whose process may be frozen afterwards. */
  async #sendCollected(isFull: boolean): Promise<void> {
    if (!isFull) await this.collect(this.#closing.signal).catch(() => undefined);
    await this.flush();
  }

  #schedule(): void {
    // The attempt in flight may receive a Retry-After.
    if (this.isClosed || this.isInFlight || this.#cancelTimer) return;
    // Without jitter: Next.js does not prerender after Math.random().
    const waitMs = Math.max(deliveryIntervalMs, this.retryAfterMs);
    this.#cancelTimer = this.timers.after?.(
      Math.min(waitMs, maxTimerMs),
      () => void this.#sendAll(),
    );
  }

  /** Starts an attempt, or joins the one that follows the attempt in flight. */
  #sendAll(): Promise<void> {
    if (this.isInFlight) {
      this.#next ??= this.#sendNext();
    }
    return this.#next ?? this.#sendQueue();
  }

  #flushDetached(): void {
    void detach(this.timers, () => this.flush());
  }

  async #sendNext(): Promise<void> {
    await this.#attempt;
    this.#next = undefined;
    // Checks again for close() and Retry-After.
    await this.flush();
  }

  async #sendQueue(): Promise<void> {
    this.#isOverdue = false;
    this.#stopTimer();
    this.#attempt = this.send();
    const isDelivered = await this.#attempt;
    if (isDelivered && this.#isOverdue) this.#flushDetached();
    if (this.queue.size() > 0) this.#schedule();
    else if (!this.isInFlight) this.#becomeIdle();
  }

  /** Stops the timer, and removes the exit listener, which would keep an idle client in memory. */
  #becomeIdle(): void {
    this.#stopTimer();
    this.#cancelExit?.();
    this.#cancelExit = undefined;
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
