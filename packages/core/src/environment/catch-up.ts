import type { Logger } from "../ports/logger.ts";
import type { BackgroundTimers } from "../ports/platform.ts";
import type { FedEnvironment } from "./change-feed.ts";
import { microsOf } from "./instant.ts";

/** What a {@link CatchUp} needs of the client. */
export interface CatchUpContext {
  readonly environment: FedEnvironment;
  /** Need not keep the process alive. */
  readonly timers: BackgroundTimers;
  readonly logger: Required<Logger>;
}

/** Caches before the API may lag, but not for longer than these reloads take: some 15 s. */
const maxReloads = 5;

/** A document may tell its date in milliseconds, an event in microseconds. */
const sameMicros = 1000;

/**
 * Reloads the environment until it is as new as all changes that were told; one reload serves all those
 * that it brings, and an old one needs none.
 */
export class CatchUp {
  readonly #context: CatchUpContext;
  /** The newest change, in microseconds since the epoch. */
  #told = Number.NEGATIVE_INFINITY;
  /** How new the environment is where its document has no date: as the last change that was loaded. */
  #undatedAt = Number.NEGATIVE_INFINITY;
  #reloads = 0;
  #isRunning = false;
  #hasWarned = false;
  #stopping = new AbortController();

  constructor(context: CatchUpContext) {
    this.#context = context;
  }

  get isBehind(): boolean {
    const updatedAt = microsOf(this.#context.environment.current()?.updatedAt);
    return (updatedAt ?? this.#undatedAt) + sameMicros <= this.#told;
  }

  /** The environment was changed then, in epoch seconds with their fraction. */
  told(updatedAt: number): void {
    const micros = Math.round(updatedAt * 1e6);
    if (this.#isRunning) {
      // Reloads for a newer change are counted anew, but come no sooner: caches need their time.
      if (micros > this.#told) this.#reloads = 0;
      this.#told = Math.max(this.#told, micros);
      return;
    }
    this.#told = micros;
    if (!this.isBehind) return;
    const { signal } = this.#stopping;
    this.#isRunning = true;
    this.#run(signal)
      // It waits, and nothing else here fails.
      .catch(() => undefined)
      .finally(() => {
        if (!signal.aborted) this.#isRunning = false;
      });
  }

  stop(): void {
    this.#told = Number.NEGATIVE_INFINITY;
    this.#isRunning = false;
    this.#stopping.abort();
    this.#stopping = new AbortController();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { environment, timers } = this.#context;
    // A load that is under way may have begun before the change, or after it.
    await environment.idle();
    for (this.#reloads = 0; this.isBehind && !signal.aborted; ) {
      const told = this.#told;
      const isLoaded = await environment.load({ isUnconditional: true });
      if (signal.aborted || !isLoaded) return;
      this.#undatedAt = told;
      this.#reloads += 1;
      if (!this.isBehind) break;
      if (this.#reloads >= maxReloads) return this.#giveUp();
      await timers.sleep(1000 * 2 ** (this.#reloads - 1) * (0.5 + Math.random()), signal);
    }
    this.#hasWarned = false;
  }

  #giveUp(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#context.logger.warn(
      "A change of the environment was told that the API does not serve yet: polls will bring it.",
    );
  }
}
