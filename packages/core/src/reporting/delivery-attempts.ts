import { type FlagsmithAPIErrorOptions, FlagsmithClientError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import { RedirectRefused } from "../http/fetch.ts";
import { isFinalStatus } from "../platform/retry-policy.ts";
import type { DeliveryContext, DeliveryCounts, Sized } from "./delivery.ts";

/** What {@link Attempts} need of the client. */
export type AttemptsContext<Batch> = Omit<DeliveryContext<Batch>, "onExit">;

/** An attempt has its own timeout, and some time more to hear of it. */
const slackMs = 5000;

/** An error of ours. */
type OwnError = FlagsmithClientError & FlagsmithAPIErrorOptions;

interface Attempt<Batch> {
  readonly batch: Batch;
  /** In items. */
  readonly size: number;
  /** One that has not ended by then was cut off with its request. */
  readonly endsBy: number;
}

/** The attempts to deliver what is collected, and what became of them; when they are made is decided elsewhere. */
export class Attempts<Batch extends Sized> {
  readonly #context: AttemptsContext<Batch>;
  readonly #underWay = new Map<Attempt<Batch>, Promise<boolean>>();
  #accepted = 0;
  #dropped = 0;
  #unconfirmed = 0;
  /** After the last attempt nothing is put back. */
  #isOver = false;
  /** Until then the server wants to hear nothing. */
  #quietUntil = 0;
  /** Of what was kept, and of what was refused, until an attempt succeeds. */
  readonly #warnedOfRefused = new Set<boolean>();

  constructor(context: AttemptsContext<Batch>) {
    this.#context = context;
  }

  get areUnderWay(): boolean {
    return this.#underWay.size > 0;
  }

  /** How much of what is collected is on its way. */
  get takenSize(): number {
    let size = 0;
    for (const { batch } of this.#underWay.keys()) size += batch.size;
    return size;
  }

  /** For how long the server wants to hear nothing; never negative. */
  get quietMs(): number {
    return Math.max(0, this.#quietUntil - this.#context.timers.now());
  }

  /** So many were not collected, or are not any more. */
  drop(count: number): void {
    this.#dropped += count;
  }

  report(): DeliveryCounts {
    let pending = this.#context.collection.size();
    for (const { size } of this.#underWay.keys()) pending += size;
    return {
      accepted: this.#accepted,
      pending,
      dropped: this.#dropped,
      unconfirmed: this.#unconfirmed,
    };
  }

  /** Sends what is there, if anything is; whether it was delivered, or put back. Never rejects. */
  send(): Promise<boolean> | undefined {
    const { collection, timers, timeoutMs } = this.#context;
    const now = timers.now();
    this.#takeBackCutOff(now);
    const size = collection.size();
    if (size === 0) return undefined;
    const attempt = { batch: collection.take(), size, endsBy: now + timeoutMs + slackMs };
    const isOver = this.#make(attempt, { signal: undefined, deadlineAt: now + timeoutMs });
    this.#underWay.set(attempt, isOver);
    return isOver;
  }

  /** The same for good: what comes back counts as dropped. */
  async sendLast(): Promise<void> {
    const { collection } = this.#context;
    await this.send();
    this.#isOver = true;
    // Nobody sends what has come back of that.
    this.drop(collection.size());
    collection.take();
  }

  /** Done when what is on its way has arrived or failed. */
  async arrivals(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  /** A request of an isolate may be over before what it has begun. */
  #takeBackCutOff(now: number): void {
    for (const attempt of this.#underWay.keys()) {
      if (now <= attempt.endsBy) continue;
      this.#fail(attempt, new FlagsmithClientError("API_TIMEOUT", "cut off"));
    }
  }

  async #make(attempt: Attempt<Batch>, call: Call): Promise<boolean> {
    try {
      await this.#context.send(attempt.batch, call);
    } catch (error) {
      this.#fail(attempt, error);
      return false;
    }
    // One that was taken for cut off may still end.
    if (!this.#underWay.delete(attempt)) return false;
    this.#accepted += attempt.size;
    this.#warnedOfRefused.clear();
    return true;
  }

  #fail(attempt: Attempt<Batch>, error: unknown): void {
    if (!this.#underWay.delete(attempt)) return;
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
    if (!isRefused && !isUnused) this.#unconfirmed += attempt.size;
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
