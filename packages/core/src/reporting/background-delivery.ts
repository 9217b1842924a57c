import { jittered, maxTimerMs, type Platform, type WaitUntil } from "../platform/platform.ts";
import { type CreateDelivery, Delivery, deliveryIntervalMs } from "./delivery.ts";
import type { DeliveryOptions, Queue } from "./delivery-attempts.ts";

/** Delivery if timers run between requests: one attempt at a time, started by a timer. */
export const backgroundDelivery: CreateDelivery = (options) => new BackgroundDelivery(options);

class BackgroundDelivery<Batch extends { readonly size: number }> extends Delivery<Batch> {
  readonly #queue: Queue<Batch>;
  /** The last attempt that was started. */
  #attempt: Promise<boolean> | undefined;
  /** The attempt that follows the one in flight. */
  #next: Promise<void> | undefined;
  /** The queue became full since the last attempt started. */
  #isOverdue = false;
  #lastAttempt: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #onExit: Platform["onExit"];
  #cancelExit: (() => void) | undefined;

  constructor(options: DeliveryOptions<Batch>) {
    super(options);
    this.#queue = options.queue;
    this.#onExit = options.onExit;
  }

  onQueued(_waitUntil: WaitUntil | undefined, isFull = false): void {
    if (this.isClosed) return;
    this.#cancelExit ??= this.#onExit?.(() => {
      // Only once, or a process that evaluates flags in its exit handler would never exit.
      this.#onExit = undefined;
      void this.#sendAll();
    });
    this.#isOverdue ||= isFull;
    this.#schedule();
    if (isFull && !this.attempts.isInFlight) void this.flush();
  }

  async flush(): Promise<void> {
    if (this.isClosed) await this.close();
    else await (this.attempts.retryAfterMs > 0 ? this.#attempt : this.#sendAll());
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#cancelTimer?.();
    this.#stopListening();
    this.#lastAttempt ??= this.#sendLast();
    await this.#lastAttempt;
  }

  /** The last attempt includes the items of an attempt in flight that fails. */
  async #sendLast(): Promise<void> {
    if (this.attempts.isInFlight) await this.#attempt;
    await this.attempts.sendLast();
  }

  #schedule(): void {
    if (this.isClosed || this.#cancelTimer) return;
    const waitMs = Math.max(jittered(deliveryIntervalMs), this.attempts.retryAfterMs);
    this.#cancelTimer = this.timers.after?.(Math.min(waitMs, maxTimerMs), () => {
      this.#cancelTimer = undefined;
      // Another attempt may have received a Retry-After in the meantime.
      if (this.attempts.retryAfterMs > 0) this.#schedule();
      else void this.#sendAll();
    });
  }

  #sendAll(): Promise<void> {
    if (this.attempts.isInFlight) {
      this.#next ??= this.#sendNext();
    }
    return this.#next ?? this.#send();
  }

  async #sendNext(): Promise<void> {
    await this.#attempt;
    this.#next = undefined;
    // Checks again for close() and Retry-After.
    await this.flush();
  }

  async #send(): Promise<void> {
    this.#isOverdue = false;
    this.#attempt = this.attempts.send();
    const isDelivered = await this.#attempt;
    if (isDelivered && this.#isOverdue && !this.isClosed) void this.flush();
    if (this.#queue.size() > 0) this.#schedule();
    else if (!this.attempts.isInFlight) this.#stopListening();
  }

  /** A listener would keep an idle client in memory until the process exits. */
  #stopListening(): void {
    this.#cancelExit?.();
    this.#cancelExit = undefined;
  }
}
