import type { Timers, WaitUntil } from "../platform/platform.ts";
import {
  DeliveryAttempts,
  type DeliveryCounts,
  type DeliveryOptions,
} from "./delivery-attempts.ts";

/** The time between two attempts that nothing else triggers. */
export const deliveryIntervalMs = 10_000;

/**
 * Sends a queue about every 10 s, when it is full, on `flush()` and on `close()`.
 *
 * Delivers at least once: a batch that failed is queued again and sent with newer items.
 */
export abstract class Delivery<Batch extends { readonly size: number }> {
  protected readonly attempts: DeliveryAttempts<Batch>;
  protected readonly timers: Timers;
  protected isClosed = false;

  constructor(options: DeliveryOptions<Batch>) {
    this.attempts = new DeliveryAttempts(options);
    this.timers = options.timers;
  }

  /** How many more items may be queued if the queue has `free` places. */
  capacity(free: number): number {
    return this.isClosed ? 0 : free;
  }

  /** Counts items that could not be queued. */
  drop(count: number): void {
    this.attempts.drop(count);
  }

  report(): DeliveryCounts {
    return this.attempts.report();
  }

  /** Must be called after an item was queued. `isFull` sends the queue without delay. */
  abstract onQueued(waitUntil: WaitUntil | undefined, isFull?: boolean): void;

  /** Sends the queue, unless the server's `Retry-After` forbids it. Never rejects. */
  abstract flush(): Promise<void>;

  /** Sends the queue for the last time, even during a `Retry-After`. Never rejects. */
  abstract close(): Promise<void>;
}

/** Creates the delivery of a queue: `backgroundDelivery` or `isolateDelivery`. */
export type CreateDelivery = <Batch extends { readonly size: number }>(
  options: DeliveryOptions<Batch>,
) => Delivery<Batch>;
