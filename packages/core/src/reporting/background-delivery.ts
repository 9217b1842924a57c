import { jittered, longestTimerMs, type Platform, type WaitUntil } from "../platform/platform.ts";
import {
  type CreateDelivery,
  type Delivery,
  type DeliveryContext,
  type DeliveryCounts,
  intervalMs,
  type Sized,
} from "./delivery.ts";
import { Attempts } from "./delivery-attempts.ts";

/** Where work goes on in the background: timers set the pace, one attempt at a time. */
export const backgroundDelivery: CreateDelivery = (context) => new BackgroundDelivery(context);

class BackgroundDelivery<Batch extends Sized> implements Delivery {
  readonly #context: DeliveryContext<Batch>;
  readonly #attempts: Attempts<Batch>;
  /** The attempt after the one under way. */
  #next: Promise<void> | undefined;
  /** The collection became full, perhaps while an attempt was under way. */
  #isOverdue = false;
  #isClosed = false;
  #ending: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #onExit: Platform["onExit"];
  #cancelExit: (() => void) | undefined;

  constructor(context: DeliveryContext<Batch>) {
    this.#context = context;
    this.#attempts = new Attempts(context);
    this.#onExit = context.onExit;
  }

  left(room: number): number {
    return this.#isClosed ? 0 : room;
  }

  drop(count: number): void {
    this.#attempts.drop(count);
  }

  report(): DeliveryCounts {
    return this.#attempts.report();
  }

  collected(_waitUntil: WaitUntil | undefined, isFull = false): void {
    if (this.#isClosed) return;
    this.#cancelExit ??= this.#onExit?.(() => {
      // Once for good: a process that evaluates flags at its end would else never come to it.
      this.#onExit = undefined;
      void this.#sendAll();
    });
    this.#isOverdue ||= isFull;
    this.#schedule();
    if (isFull && !this.#attempts.areUnderWay) void this.flush();
  }

  async flush(): Promise<void> {
    if (this.#isClosed) await this.close();
    else await (this.#attempts.quietMs > 0 ? this.#attempts.arrivals() : this.#sendAll());
  }

  /** What is on its way, and comes back, is part of the last attempt. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#forgetExit();
    this.#ending ??= this.#end();
    await this.#ending;
  }

  async #end(): Promise<void> {
    if (this.#attempts.areUnderWay) await this.#attempts.arrivals();
    await this.#attempts.sendLast();
  }

  #schedule(): void {
    if (this.#isClosed || this.#cancelTimer) return;
    const waitMs = Math.max(jittered(intervalMs), this.#attempts.quietMs);
    this.#cancelTimer = this.#context.timers.after?.(Math.min(waitMs, longestTimerMs), () => {
      this.#cancelTimer = undefined;
      // Another attempt may have been told meanwhile to wait.
      if (this.#attempts.quietMs > 0) this.#schedule();
      else void this.#sendAll();
    });
  }

  #sendAll(): Promise<void> {
    if (this.#attempts.areUnderWay) {
      this.#next ??= this.#attempts.arrivals().then(() => {
        this.#next = undefined;
        // It may have been closed or told to wait meanwhile.
        return this.flush();
      });
    }
    return this.#next ?? this.#send();
  }

  async #send(): Promise<void> {
    this.#isOverdue = false;
    const isDelivered = await this.#attempts.send();
    if (isDelivered && this.#isOverdue && !this.#isClosed) void this.flush();
    if (this.#context.collection.size() > 0) this.#schedule();
    else if (!this.#attempts.areUnderWay) this.#forgetExit();
  }

  /** A client that holds nothing, and that nobody else holds, must not be kept for the process's end. */
  #forgetExit(): void {
    this.#cancelExit?.();
    this.#cancelExit = undefined;
  }
}
