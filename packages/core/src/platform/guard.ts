import type { Logger } from "./logger.ts";
import type { WaitUntil } from "./platform.ts";

/**
 * Makes the function that runs the user's code of one kind where nobody needs its result: what it
 * throws or rejects with is swallowed, and warned of once. The error itself is not repeated: it may
 * hold what the code was given. The promise is done when the code is, and never rejects.
 */
export function quietly(logger: Logger, kind: string): Quietly {
  let hasWarned = false;
  return async (run, signal) => {
    try {
      return await run();
    } catch {
      if (signal?.aborted) return undefined;
      if (!hasWarned) logger.warn(`${kind} failed; this is said once.`);
      hasWarned = true;
      return undefined;
    }
  };
}

/** Runs the user's code; its result, or `undefined` where it fails. An abort by `signal` is no failure. */
export type Quietly = <T>(
  run: () => T | Promise<T>,
  signal?: AbortSignal | undefined,
) => Promise<T | undefined>;

/** A `waitUntil` that never throws: a request may be over, and its work then goes on as far as it may. */
export function quietWaitUntil(waitUntil: WaitUntil): WaitUntil {
  return (work) => {
    // The runtime must not be the first to hear of a failure, nor the last.
    const settled = work.catch(() => undefined);
    try {
      waitUntil(settled);
    } catch {
      // Nobody waits for it then.
    }
  };
}
