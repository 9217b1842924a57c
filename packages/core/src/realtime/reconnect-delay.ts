import { longestTimerMs } from "../platform/platform.ts";
import { fullJitter } from "../platform/retry-policy.ts";

/** How a connection ended. */
export interface ConnectionEnd {
  /** How long it had been open. */
  readonly openMs: number;
  /** What the server asked for. */
  readonly retryAfterMs: number;
}

const usualBaseMs = 1000;
const maxUsualMs = 60_000;
/** A server may wish for less or more, but not for a storm, nor that nobody ever comes back. */
const leastBaseMs = 100;
const maxBaseMs = 3_600_000;

/** One that was open for so long has shown that connections hold. */
const steadyMs = 10_000;

/** The waits before new connections: ever longer, until one has held. */
export class ReconnectDelay {
  #baseMs = usualBaseMs;
  #failures = 0;

  /** The server's own wish, as `retry:` says it. */
  wish(ms: number): void {
    this.#baseMs = Math.min(Math.max(ms, leastBaseMs), maxBaseMs);
  }

  /** Whether a connection has held for long enough that its end is none of a row of failures. */
  static isSteady({ openMs }: Pick<ConnectionEnd, "openMs">): boolean {
    return openMs >= steadyMs;
  }

  /** Milliseconds to wait after a connection that ended so. */
  after(end: ConnectionEnd): number {
    this.#failures = ReconnectDelay.isSteady(end) ? 1 : this.#failures + 1;
    const baseMs = this.#baseMs;
    const maxMs = Math.max(maxUsualMs, baseMs);
    const { delay } = fullJitter({ retries: 0, baseMs, maxMs });
    // On top: those that are all told the same must not come back all at once.
    return Math.min(end.retryAfterMs + delay(this.#failures), longestTimerMs);
  }
}
