import type { Call } from "../api/call.ts";
import { RedirectRefused } from "../api/http.ts";
import { type FlagsmithAPIErrorOptions, FlagsmithClientError } from "../errors.ts";
import type { Logger } from "../ports/logger.ts";
import {
  jittered,
  longestTimerMs,
  type Platform,
  type Timers,
  type WaitUntil,
} from "../ports/platform.ts";
import { isFinalStatus } from "../ports/retry-policy.ts";
import type { DeliveryCounts } from "./delivery-report.ts";

/** What is collected until it is sent; bounded. */
export interface Collection<Batch> {
  /** How many items wait. */
  readonly size: () => number;
  /** Takes everything out, so that what comes meanwhile is the next batch's. */
  readonly take: () => Batch;
  /** Puts back what was not delivered, before what came meanwhile; returns how many items had no place. */
  readonly putBack: (batch: Batch) => number;
}

/** Of what is sent together. */
export interface Sized {
  readonly size: number;
}

/** What a {@link Delivery} needs of the client. */
export interface DeliveryContext<Batch> {
  /** What is sent, for messages. */
  readonly what: string;
  readonly collection: Collection<Batch>;
  /** One attempt. @throws {@link FlagsmithAPIError} */
  readonly send: (batch: Batch, call: Call) => Promise<unknown>;
  readonly timers: Timers;
  readonly logger: Logger;
  /** For one attempt. */
  readonly timeoutMs: number;
  /** Runs a task when the process has nothing more to do, unless it is cancelled before. */
  readonly onExit: Platform["onExit"];
  /** Nothing is ever sent: all of it counts as dropped. */
  readonly isOffline: boolean;
}

/** The least time between two attempts that nobody asked for. */
const intervalMs = 10_000;

/** How long a request goes on collecting before it sends: most evaluations come in its first moments. */
const collectingMs = 500;

/** An attempt has its own timeout, and some time more to hear of it. */
const slackMs = 5000;

/** An error of ours. */
type OwnError = FlagsmithClientError & FlagsmithAPIErrorOptions;

interface Attempt<Batch> {
  readonly batch: Batch;
  readonly size: number;
  /** One that has not ended by then was cut off with its request. */
  readonly endsBy: number;
}

/**
 * Sends what is collected every 10 s, on demand and at the end, at least once: what fails is put back and
 * sent again later. Where there are background timers they set the pace, one attempt at a time; elsewhere
 * the requests do, whose `waitUntil` lets one of them send what all have collected.
 */
export class Delivery<Batch extends Sized> {
  readonly #context: DeliveryContext<Batch>;
  readonly #attempts = new Map<Attempt<Batch>, Promise<void>>();
  #accepted = 0;
  #dropped = 0;
  #resent = 0;
  #taken = 0;
  #isClosed = false;
  /** After the last attempt nothing is put back. */
  #isOver = false;
  #ending: Promise<void> | undefined;
  /** The attempt after the one under way. */
  #next: Promise<void> | undefined;
  /** Of what was kept, and of what was refused, until an attempt succeeds. */
  readonly #warnedOfRefused = new Set<boolean>();
  /** It became full, perhaps while an attempt was under way. */
  #isOverdue = false;
  /** Until then no request sends what others have collected. */
  #notBefore = 0;
  /** Until then the server wants to hear nothing. */
  #quietUntil = 0;
  #cancelTimer: (() => void) | undefined;
  #onExit: Platform["onExit"];
  #cancelExit: (() => void) | undefined;

  constructor(context: DeliveryContext<Batch>) {
    this.#context = context;
    this.#isClosed = context.isOffline;
    this.#onExit = context.onExit;
  }

  /** So many were not collected, or are not any more. */
  drop(count: number): void {
    this.#dropped += count;
  }

  /** Something was collected: sees to it that it is sent, and soon where the collection is full. */
  collected(waitUntil: WaitUntil | undefined, isFull = false): void {
    if (this.#isClosed) return;
    if (!this.#context.timers.after) {
      this.#sendWithin(waitUntil, isFull);
      return;
    }
    this.#cancelExit ??= this.#onExit?.(() => {
      // Once for good: a process that evaluates flags at its end would else never come to it.
      this.#onExit = undefined;
      void this.#sendAll();
    });
    this.#isOverdue ||= isFull;
    this.#schedule();
    if (isFull && this.#attempts.size === 0) void this.flush();
  }

  /** Done when what is there was delivered or put back; the server's wish to hear nothing is heeded. */
  async flush(): Promise<void> {
    if (this.#isClosed && this.#context.timers.after) await this.close();
    else await (this.#isQuiet() ? this.#arrivals() : this.#sendAll());
  }

  /** The last attempt, whatever the server wishes; what was on its way and comes back is part of it. */
  async close(): Promise<void> {
    const isFirst = !this.#isClosed;
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#forgetExit();
    this.#ending ??= this.#end();
    // Another request must not wait for what the first to close has begun.
    if (isFirst || this.#context.timers.after) await this.#ending;
  }

  /** What is left of a room: none for what is never sent; where batches overlap, what is on its way takes up room. */
  left(room: number): number {
    if (this.#isClosed) return 0;
    return this.#context.timers.after ? room : room - this.#taken;
  }

  report(): DeliveryCounts {
    let held = this.#context.collection.size();
    for (const { size } of this.#attempts.keys()) held += size;
    return { accepted: this.#accepted, held, dropped: this.#dropped, resent: this.#resent };
  }

  #isQuiet(): boolean {
    return this.#context.timers.now() < this.#quietUntil;
  }

  #schedule(): void {
    const { timers } = this.#context;
    if (this.#isClosed || this.#cancelTimer) return;
    const quietMs = this.#quietUntil - timers.now();
    const waitMs = Math.min(Math.max(jittered(intervalMs), quietMs), longestTimerMs);
    this.#cancelTimer = timers.after?.(waitMs, () => {
      this.#cancelTimer = undefined;
      // Another attempt may have been told meanwhile to wait.
      if (this.#isQuiet()) this.#schedule();
      else void this.#sendAll();
    });
  }

  /** One request sends what all have collected: which one is decided by a plain instant. */
  #sendWithin(waitUntil: WaitUntil | undefined, isFull: boolean): void {
    const { timers } = this.#context;
    const now = timers.now();
    // One that is full is not added to an attempt under way: the memory holds so many, and no more.
    const isDue = now >= this.#notBefore || (isFull && this.#attempts.size === 0);
    if (waitUntil === undefined || this.#isQuiet() || !isDue) return;
    this.#notBefore = now + intervalMs;
    const send = async () => {
      if (!isFull) await timers.sleep(collectingMs);
      await this.#send();
    };
    waitUntil(send());
  }

  async #end(): Promise<void> {
    if (this.#attempts.size > 0) await this.#arrivals();
    await this.#send();
    this.#isOver = true;
    // Nobody sends what has come back of that.
    this.drop(this.#context.collection.size());
    this.#context.collection.take();
  }

  /** Done when what is on its way has arrived or failed, where it is certain that it does. */
  async #arrivals(): Promise<void> {
    if (this.#context.timers.after) await Promise.all(this.#attempts.values());
  }

  #sendAll(): Promise<void> | undefined {
    if (this.#context.timers.after && this.#attempts.size > 0) {
      this.#next ??= this.#arrivals().then(() => {
        this.#next = undefined;
        // It may have been closed or told to wait meanwhile.
        return this.flush();
      });
    }
    return this.#next ?? this.#send();
  }

  #send(): Promise<void> | undefined {
    const { collection, timers, timeoutMs } = this.#context;
    const now = timers.now();
    for (const attempt of this.#attempts.keys()) {
      if (now <= attempt.endsBy) continue;
      this.#fail(attempt, new FlagsmithClientError("API_TIMEOUT", "cut off"));
    }
    const size = collection.size();
    if (size === 0) return undefined;
    this.#isOverdue = false;
    const batch = collection.take();
    this.#taken += batch.size;
    const attempt = { batch, size, endsBy: now + timeoutMs + slackMs };
    const isOver = this.#attempt(attempt, { signal: undefined, deadlineAt: now + timeoutMs });
    this.#attempts.set(attempt, isOver);
    return isOver;
  }

  /** Never rejects. */
  async #attempt(attempt: Attempt<Batch>, call: Call): Promise<void> {
    try {
      await this.#context.send(attempt.batch, call);
      if (!this.#ends(attempt)) return;
      this.#accepted += attempt.size;
      this.#warnedOfRefused.clear();
      if (this.#isOverdue && !this.#isClosed) void this.flush();
    } catch (error) {
      this.#fail(attempt, error);
    }
    if (this.#context.collection.size() > 0) this.#schedule();
    else if (this.#attempts.size === 0) this.#forgetExit();
  }

  /** A client that holds nothing, and that nobody else holds, must not be kept for the process's end. */
  #forgetExit(): void {
    this.#cancelExit?.();
    this.#cancelExit = undefined;
  }

  /** Whether it was under way: one that was taken for cut off may still end. */
  #ends(attempt: Attempt<Batch>): boolean {
    const wasUnderWay = this.#attempts.delete(attempt);
    if (wasUnderWay) this.#taken -= attempt.batch.size;
    return wasUnderWay;
  }

  #fail(attempt: Attempt<Batch>, error: unknown): void {
    if (!this.#ends(attempt)) return;
    const { collection, timers } = this.#context;
    const own: Partial<OwnError> = error instanceof FlagsmithClientError ? error : {};
    const { code, status = 0, retryAfterMs = 0 } = own;
    this.#quietUntil = Math.max(this.#quietUntil, timers.now() + retryAfterMs);
    const isRefused = isFinalStatus(status);
    // Only our own messages are known to hold no secret.
    this.#warn(isRefused, own.message ?? (error instanceof Error ? error.name : "unknown error"));
    const isUnused =
      error instanceof RedirectRefused ||
      code === "PERMISSION_DENIED" ||
      status === 425 ||
      status === 429;
    // Else nobody knows what the server made of it.
    if (!isRefused && !isUnused) this.#resent += attempt.size;
    const isLost = isRefused || this.#isOver;
    this.drop(isLost ? attempt.size : collection.putBack(attempt.batch));
  }

  /** That something is lost must not go unsaid because something else is to be sent again. */
  #warn(isRefused: boolean, reason: string): void {
    const { logger, what } = this.#context;
    if (!this.#warnedOfRefused.has(isRefused)) logger.warn(`${what} could not be sent: ${reason}`);
    this.#warnedOfRefused.add(isRefused);
  }
}
