import type { WaitUntil } from "../platform/platform.ts";
import { type CreateDelivery, Delivery } from "./delivery.ts";

/**
 * Delivery if nothing may run between requests: about every 10 s, one request with a `waitUntil` sends the items
 * of all requests. No request waits for the attempt of another request.
 */
export const isolateDelivery: CreateDelivery = (options) => new IsolateDelivery(options);

class IsolateDelivery<Batch extends { readonly size: number }> extends Delivery<Batch> {
  /** Attempts may overlap, so the batches in flight count as well. */
  override capacity(free: number): number {
    return super.capacity(free - this.inFlightSize);
  }

  onQueued(waitUntil: WaitUntil | undefined, isFull = false): void {
    if (waitUntil === undefined || this.isClosed) return;
    // A full queue waits for an attempt in flight, so that at most one full batch is in memory.
    if (!this.elect(isFull && !this.isInFlight)) return;
    const send = async () => {
      if (!isFull) await this.collect();
      await this.send();
    };
    waitUntil(send());
  }

  async flush(): Promise<void> {
    if (this.retryAfterMs === 0) await this.send();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.sendLast();
  }
}
