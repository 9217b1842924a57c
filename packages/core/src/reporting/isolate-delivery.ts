import type { WaitUntil } from "../platform/platform.ts";
import { type CreateDelivery, Delivery, deliveryIntervalMs } from "./delivery.ts";

/**
 * Delivery if nothing may run between requests: about every 10 s, one request with a `waitUntil` sends the items
 * of all requests. No request waits for the attempt of another request.
 */
export const isolateDelivery: CreateDelivery = (options) => new IsolateDelivery(options);

class IsolateDelivery<Batch extends { readonly size: number }> extends Delivery<Batch> {
  /** The end of the 10 s in which a request's `waitUntil` or `flush()` should have sent the items. */
  #forgottenAt: number | undefined;

  /** Attempts may overlap, so the batches in flight count as well. */
  override capacity(free: number): number {
    return super.capacity(free - this.inFlightSize);
  }

  onQueued(waitUntil: WaitUntil | undefined, isFull = false): void {
    if (this.isClosed) return;
    if (waitUntil === undefined) {
      this.#warnIfForgotten();
      return;
    }
    this.#forgottenAt = undefined;
    // A full queue waits for an attempt in flight, so that at most one full batch is in memory.
    if (!this.elect(isFull && !this.isInFlight)) return;
    const send = async () => {
      if (!isFull) await this.collect();
      await this.send();
    };
    waitUntil(send());
  }

  async flush(): Promise<void> {
    this.#forgottenAt = undefined;
    if (this.retryAfterMs === 0) await this.send();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.sendLast();
  }

  /** Logs one warning if items have waited for 10 s. Programs that call `flush()` do so before. */
  #warnIfForgotten(): void {
    const now = this.timers.monotonicNow();
    this.#forgottenAt ??= now + deliveryIntervalMs;
    if (now < this.#forgottenAt) return;
    this.#forgottenAt = Number.POSITIVE_INFINITY;
    this.warn("are not sent without forRequest(ctx) or flush()");
  }
}
