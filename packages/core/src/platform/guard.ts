import { isError } from "./is-error.ts";
import type { Logger } from "./logger.ts";

/**
 * Runs the user's code and resolves to its result, or to `undefined` if it fails. Never rejects.
 *
 * The first failure is logged, without `secrets`. A failure after `signal` has aborted is not logged.
 */
export type Guard = <T>(
  run: () => T | Promise<T>,
  options?: { readonly signal?: AbortSignal | undefined; readonly secrets?: readonly string[] },
) => Promise<T | undefined>;

/** Characters of an error that are logged: enough for its message and the first frames of its stack. */
const maxDescriptionLength = 1000;

/** Describes an error that user code threw, without secrets. */
export type DescribeError = (error: unknown, secrets?: readonly string[]) => string;

/**
 * Creates a {@link Guard} for one kind of user code.
 *
 * @param kind - the subject of the log message, such as `onFlagEvaluated`.
 */
export function createGuard(kind: string, logger: Logger, describe: DescribeError): Guard {
  let hasWarned = false;
  return async (run, { signal, secrets } = {}) => {
    try {
      const result = run();
      // An `await` would keep the evaluations of all flags that a synchronous loop reads in memory until its end.
      return Object(result) === result ? await result : result;
    } catch (error) {
      if (signal?.aborted || hasWarned) return undefined;
      hasWarned = true;
      logger.warn(`${kind} failed: ${describe(error, secrets)} (Logged once.)`);
      return undefined;
    }
  };
}

/**
 * Creates a {@link DescribeError}.
 *
 * @param redact - removes the client's secrets and the given ones from a text.
 */
export function createDescribeError(
  redact: (text: string, secrets?: readonly string[]) => string,
): DescribeError {
  return (error, secrets) => redact(summarize(error), secrets).slice(0, maxDescriptionLength);
}

/** Describes an unexpected error of a runtime or of the SDK by its name and message, in one sentence without a period. */
export function describeUnexpected(thrown: unknown, redact: (text: string) => string): string {
  return redact(isError(thrown) ? `${thrown.name ?? "Error"}: ${thrown.message}` : typeof thrown);
}

/** Formats the name, message and stack of an error on one line. Accepts any thrown value. */
function summarize(error: unknown): string {
  try {
    const summary = String(error);
    // Some engines begin a stack with the summary, others do not.
    const frames = String(Object(error).stack ?? "").replace(summary, "");
    return `${summary} ${frames}`.replace(/[\s\p{Cc}]+/gu, " ").trim();
  } catch {
    return "an unreadable error";
  }
}
