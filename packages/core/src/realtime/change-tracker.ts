import { microsOf } from "../environment/timestamps.ts";
import type { Logger } from "../platform/logger.ts";
import type { BackgroundTimers } from "../platform/platform.ts";
import type { FedEnvironment } from "./change-feed.ts";

/** What a {@link CatchUp} needs of the client. */
export interface CatchUpContext {
  readonly environment: FedEnvironment;
  /** Need not keep the process alive. */
  readonly timers: BackgroundTimers;
  readonly logger: Required<Logger>;
}

/** Caches before the API may lag, but not for longer than these reloads take: some 20 s. */
const maxReloads = 5;

/** After each reload at least, so that many changes in a row cost one reload a second at most. */
const leastRestMs = 1000;

/** A document may tell its date in milliseconds, an event in microseconds. */
const sameMicros = 1000;

const never = Number.NEGATIVE_INFINITY;

/**
 * Reloads the environment until it is as new as all changes that were told; one reload serves all those
 * that it brings, and an old one needs none.
 */
export class CatchUp {
  readonly #context: CatchUpContext;
  /** The newest change that was told, in microseconds since the epoch, as are the others. */
  #told = never;
  /** The newest that was given up: it may be on its way, or a date that no document will ever have. */
  #givenUp = never;
  /** How new the environment is where its document has no date: as the last change that was loaded. */
  #undatedAt = 0;
  #reloads = 0;
  #isRunning = false;
  #hasWarned = false;
  /** Never rejects. */
  #rest = Promise.resolve();
  #stopping = new AbortController();

  constructor(context: CatchUpContext) {
    this.#context = context;
  }

  get isBehind(): boolean {
    return this.#isOlderThan(Math.max(this.#told, this.#givenUp));
  }

  /** The environment was changed then, in epoch seconds with their fraction. */
  told(updatedAt: number): void {
    const micros = Math.round(updatedAt * 1e6) - roundingOf(updatedAt);
    // Reloads for a newer change are counted anew, but come no sooner: caches need their time.
    if (micros > this.#told) this.#reloads = 0;
    this.#told = Math.max(this.#told, micros);
    this.#start();
  }

  /** The environment was loaded, for whatever reason. */
  loaded(): void {
    if (this.#isRunning) return;
    if (this.#isOlderThan(this.#told)) this.#start();
    // What was given up had its time: nobody may wait for ever for a date that makes no sense.
    else if (this.#context.environment.current()?.updatedAt === undefined) this.#forget();
    // What was told and came is remembered: a cache may yet send what is older.
    else this.#givenUp = never;
  }

  stop(): void {
    this.#forget();
    this.#isRunning = false;
    this.#stopping.abort();
    this.#stopping = new AbortController();
  }

  #isOlderThan(micros: number): boolean {
    const updatedAt = microsOf(this.#context.environment.current()?.updatedAt);
    return (updatedAt ?? this.#undatedAt) + sameMicros <= micros;
  }

  #forget(): void {
    this.#told = never;
    this.#givenUp = never;
    this.#undatedAt = 0;
  }

  #start(): void {
    if (this.#isRunning || !this.#isOlderThan(this.#told)) return;
    this.#isRunning = true;
    void this.#run(this.#stopping.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { environment } = this.#context;
    this.#reloads = 0;
    while (this.#isOlderThan(this.#told)) {
      await this.#rest;
      // A load that is under way may have begun before the change, or after it.
      await environment.idle();
      if (signal.aborted) return;
      if (!this.#isOlderThan(this.#told)) break;
      const told = this.#told;
      const isLoaded = await environment.load({ isUnconditional: true });
      if (signal.aborted) return;
      if (isLoaded) this.#undatedAt = told;
      this.#reloads += 1;
      if (isLoaded && this.#reloads >= maxReloads) this.#giveUp();
      this.#takeRest(signal);
      // A load that fails may do better soon; one that goes on failing is left to the polls.
      if (!isLoaded && this.#reloads >= maxReloads) break;
    }
    if (!this.isBehind) this.#hasWarned = false;
    // In the same turn as the last look at what was told: no change may be told in between.
    this.#isRunning = false;
  }

  /** After each reload that brought too little the rest is twice as long. */
  #takeRest(signal: AbortSignal): void {
    const doublings = this.#isOlderThan(this.#told) ? this.#reloads - 1 : 0;
    const restMs = leastRestMs * 2 ** doublings * (1 + Math.random() / 2);
    this.#rest = this.#context.timers.sleep(restMs, signal).catch(() => undefined);
  }

  #giveUp(): void {
    if (!this.#isOlderThan(this.#told)) return;
    this.#givenUp = Math.max(this.#givenUp, this.#told);
    this.#told = never;
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#context.logger.warn(
      "A change of the environment was told that the API does not serve yet: polls will bring it.",
    );
  }
}

/** By how many microseconds a date is off at most whose last digits were left out. */
function roundingOf(seconds: number): number {
  const { length } = String(seconds).split(".")[1] ?? "";
  return Math.max(0, 10 ** (6 - length) / 2 - sameMicros);
}
