import type { Logger } from "./logger.ts";

/**
 * Makes the function that runs the user's code of one kind where nobody waits for its result: what it
 * throws or rejects with is swallowed, and warned of once. The error itself is not repeated: it may
 * hold what the code was given.
 */
export function quietly(logger: Logger, kind: string): (run: () => unknown) => void {
  let hasWarned = false;
  const warn = () => {
    if (!hasWarned) logger.warn(`${kind} failed; this is said once.`);
    hasWarned = true;
  };
  return (run) => {
    try {
      Promise.resolve(run()).catch(warn);
    } catch {
      warn();
    }
  };
}
