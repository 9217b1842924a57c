import type { WaitUntil } from "../platform/platform.ts";
import {
  type CreateDelivery,
  type Delivery,
  type DeliveryContext,
  type DeliveryCounts,
  intervalMs,
  type Sized,
} from "./delivery.ts";
import { Attempts } from "./delivery-attempts.ts";

/**
 * Where nothing may run between requests: a request that has a `waitUntil` sends what all have collected,
 * and none waits for what another has begun.
 */
export const isolateDelivery: CreateDelivery = (context) => new IsolateDelivery(context);

/** How long a request goes on collecting before it sends: most evaluations come in its first moments. */
const collectingMs = 500;

class IsolateDelivery<Batch extends Sized> implements Delivery {
  readonly #context: DeliveryContext<Batch>;
  readonly #attempts: Attempts<Batch>;
  /** Until then no request sends what others have collected. */
  #notBefore = 0;
  #isClosed = false;

  constructor(context: DeliveryContext<Batch>) {
    this.#context = context;
    this.#attempts = new Attempts(context);
  }

  /** Attempts may overlap: what is on its way takes up room. */
  left(room: number): number {
    return this.#isClosed ? 0 : room - this.#attempts.takenSize;
  }

  drop(count: number): void {
    this.#attempts.drop(count);
  }

  report(): DeliveryCounts {
    return this.#attempts.report();
  }

  collected(waitUntil: WaitUntil | undefined, isFull = false): void {
    const { timers } = this.#context;
    const now = timers.now();
    // What is full is not added to an attempt under way: the memory holds so many, and no more.
    const isDue = now >= this.#notBefore || (isFull && !this.#attempts.areUnderWay);
    const isHeldBack = this.#isClosed || this.#attempts.quietMs > 0 || !isDue;
    if (waitUntil === undefined || isHeldBack) return;
    // Which request it is, is decided by a plain instant: the one before may have been cut off.
    this.#notBefore = now + intervalMs;
    const send = async () => {
      if (!isFull) await timers.sleep(collectingMs);
      await this.#attempts.send();
    };
    waitUntil(send());
  }

  async flush(): Promise<void> {
    if (this.#attempts.quietMs === 0) await this.#attempts.send();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#attempts.sendLast();
  }
}
