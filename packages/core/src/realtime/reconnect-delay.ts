import { maxTimerMs } from "../platform/platform.ts";

const defaultBaseMs = 1000;
const defaultMaxMs = 60_000;
/** The server may change the base delay, but not below 100 ms (reconnect storm) or above one hour. */
const minBaseMs = 100;
const maxBaseMs = 3_600_000;

/** A connection that was open for this long resets the backoff. */
const minSteadyMs = 10_000;

/** The delays before reconnects: exponential backoff with full jitter, until a connection was steady. */
export class ReconnectDelay {
  #baseMs = defaultBaseMs;
  #failures = 0;

  /** Sets the base delay, from the `retry` field of the stream. */
  setBase(ms: number): void {
    this.#baseMs = Math.min(Math.max(ms, minBaseMs), maxBaseMs);
  }

  /** Whether the connection was open long enough that its end does not count as another failure. */
  static isSteady(openMs: number): boolean {
    return openMs >= minSteadyMs;
  }

  /** Returns the milliseconds to wait after a connection that was open for `openMs`. */
  next(openMs: number, retryAfterMs = 0): number {
    this.#failures = ReconnectDelay.isSteady(openMs) ? 1 : this.#failures + 1;
    const maxMs = Math.max(defaultMaxMs, this.#baseMs);
    const backoffMs = Math.random() * Math.min(maxMs, this.#baseMs * 2 ** (this.#failures - 1));
    // Added to Retry-After, so that clients with the same Retry-After do not reconnect together.
    return Math.min(retryAfterMs + backoffMs, maxTimerMs);
  }
}
