import type { WaitUntil } from "../platform/platform.ts";
import { type CreateDelivery, Delivery, deliveryIntervalMs } from "./delivery.ts";

/**
 * Delivery if nothing may run between requests: about every 10 s, one request with a `waitUntil` sends the items
 * of all requests. No request waits for the attempt of another request.
 */
export const isolateDelivery: CreateDelivery = (options) => new IsolateDelivery(options);

/** The time between the election of a request and its attempt, in which more items are queued. */
const collectingMs = 500;

class IsolateDelivery<Batch extends { readonly size: number }> extends Delivery<Batch> {
  /** The first request that queues an item after this time sends the queue. */
  #electAt = 0;

  /** Attempts may overlap, so the batches in flight count as well. */
  override capacity(free: number): number {
    return super.capacity(free - this.inFlightSize);
  }

  onQueued(waitUntil: WaitUntil | undefined, isFull = false): void {
    const now = this.timers.monotonicNow();
    // A full queue waits for an attempt in flight, so that at most one full batch is in memory.
    const isDue = now >= this.#electAt || (isFull && !this.isInFlight);
    const isBlocked = this.isClosed || this.retryAfterMs > 0;
    if (waitUntil === undefined || isBlocked || !isDue) return;
    // Elect the sending request by timestamp, because the previous one may have been cancelled.
    this.#electAt = now + deliveryIntervalMs;
    const send = async () => {
      if (!isFull) await this.timers.sleep(collectingMs);
      await this.send();
    };
    waitUntil(send());
  }

  async flush(): Promise<void> {
    if (this.retryAfterMs === 0) await this.send();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.sendLast();
  }
}
