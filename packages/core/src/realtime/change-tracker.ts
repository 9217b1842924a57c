import type { Environment } from "../environment/environment.ts";
import { parseMicros } from "../environment/timestamps.ts";
import type { Logger } from "../platform/logger.ts";
import { type BackgroundTimers, detach } from "../platform/platform.ts";

/** The environment that realtime updates keep fresh. */
export interface FollowedEnvironment {
  readonly current: () => Environment | undefined;
  /** Resolves when no load is in flight. */
  readonly idle: () => Promise<void>;
  /**
   * Loads the document, or waits for another process that does. Resolves to whether that succeeded; never rejects.
   *
   * @param isUndated - whether the date of the change is unknown, so that only a load from now on brings it.
   */
  readonly load: (isUndated?: boolean) => Promise<boolean>;
  /** The stream is lost, so that changes are detected by polls only. */
  readonly onFallingBehind: () => void;
}

/** Reloads of one change: about 20 s, longer than a cache in front of the API is stale. */
const maxReloads = 5;

/** The least pause after a reload, so that a burst of changes costs at most one reload per second. */
const minPauseMs = 1000;

/** The time of no event: every event is later. */
const noEvent = Number.NEGATIVE_INFINITY;

/** A document's date can have milliseconds where the event has microseconds. */
const minToleranceMicros = 1000;

interface TrackerOptions {
  readonly environment: FollowedEnvironment;
  /** They need not keep the process alive. */
  readonly timers: BackgroundTimers;
  readonly logger: Logger;
}

/**
 * Reloads the environment until its `updated_at` reaches the newest change event received.
 *
 * One reload can cover many events. Events that are not newer than the document need none. All times
 * are in microseconds since the epoch.
 */
export class ChangeTracker {
  readonly #options: TrackerOptions;
  /** The time of the newest event. */
  #newest = noEvent;
  /** How much older than the newest event the document of its change can be. */
  #toleranceMicros = minToleranceMicros;
  /** The newest event that is no longer waited for: its document is late, or never comes. */
  #abandoned = noEvent;
  /** The last event for which a document without a date was loaded. Stands in for its `updated_at`. */
  #undatedAt = 0;
  #reloads = 0;
  #isRunning = false;
  #hasWarned = false;
  /** The pause after the last reload. Never rejects. */
  #pause = Promise.resolve();
  #stopping = new AbortController();

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  get isBehind(): boolean {
    return this.#isOlderThan(Math.max(this.#newest, this.#abandoned));
  }

  /** Handles a change event. `updatedAt` is in epoch seconds with a fraction. */
  onChange(updatedAt: number): void {
    const micros = Math.round(updatedAt * 1e6);
    if (micros > this.#newest) {
      this.#newest = micros;
      // A newer change gets all its reloads, but no earlier: caches need their time.
      this.#reloads = 0;
      // Whether an event with few digits is newer than the document is not certain, so it causes a load.
      this.#toleranceMicros = minToleranceMicros;
    }
    this.#start();
  }

  /** Handles any successful load of the environment. */
  onLoaded(): void {
    if (this.#isRunning) return;
    if (this.#isOlderThan(this.#newest)) this.#start();
    // A document without a date never shows that an abandoned change has arrived.
    else if (this.#options.environment.current()?.updatedAt === undefined) this.#forget();
    // The newest event time is kept: a cache could still return an older document.
    else this.#abandoned = noEvent;
  }

  stop(): void {
    this.#forget();
    this.#isRunning = false;
    this.#stopping.abort();
    this.#stopping = new AbortController();
  }

  #isOlderThan(micros: number): boolean {
    const updatedAt = parseMicros(this.#options.environment.current()?.updatedAt);
    return (
      (Number.isNaN(updatedAt) ? this.#undatedAt : updatedAt) + this.#toleranceMicros <= micros
    );
  }

  #forget(): void {
    this.#newest = noEvent;
    this.#abandoned = noEvent;
    this.#undatedAt = 0;
  }

  #start(): void {
    if (this.#isRunning || !this.#isOlderThan(this.#newest)) return;
    this.#isRunning = true;
    void detach(this.#options.timers, () => this.#run(this.#stopping.signal));
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { environment } = this.#options;
    this.#reloads = 0;
    while (this.#isOlderThan(this.#newest)) {
      await this.#pause;
      // The load in flight may have started before or after the change.
      await environment.idle();
      if (signal.aborted) return;
      if (!this.#isOlderThan(this.#newest)) break;
      const newest = this.#newest;
      // This load brings the change, even if the event's time was rounded up.
      this.#toleranceMicros = computeToleranceMicros(newest);
      const isLoaded = await environment.load();
      if (signal.aborted) return;
      if (isLoaded) this.#undatedAt = newest;
      else this.#toleranceMicros = minToleranceMicros;
      this.#reloads += 1;
      if (isLoaded && this.#reloads >= maxReloads) this.#abandon();
      this.#startPause(signal);
      // Loads that keep failing are left to the polls.
      if (!isLoaded && this.#reloads >= maxReloads) break;
    }
    if (!this.isBehind) this.#hasWarned = false;
    // Must run in the same tick as the last check, so that no event can arrive in between.
    this.#isRunning = false;
  }

  /** Starts the pause before the next reload. Doubles after each reload without the newest change. */
  #startPause(signal: AbortSignal): void {
    const doublings = this.#isOlderThan(this.#newest) ? this.#reloads - 1 : 0;
    const pauseMs = minPauseMs * 2 ** doublings * (1 + Math.random() / 2);
    this.#pause = this.#options.timers.sleep(pauseMs, signal).catch(() => undefined);
  }

  #abandon(): void {
    if (!this.#isOlderThan(this.#newest)) return;
    this.#abandoned = Math.max(this.#abandoned, this.#newest);
    this.#newest = noEvent;
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const message = "The API does not return an announced change yet; the next poll will.";
    this.#options.logger.warn(message);
  }
}

/** Returns by how many microseconds a time can be too late, because its last digits may have been rounded. */
function computeToleranceMicros(micros: number): number {
  const [zeros = ""] = /0{0,6}$/.exec(String(micros)) ?? [];
  return Math.max(minToleranceMicros, 10 ** zeros.length / 2);
}
