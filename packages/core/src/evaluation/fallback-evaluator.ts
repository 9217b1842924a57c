import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import { flagsOf } from "../flags/flag-list.ts";
import type { FlagSource } from "../flags/flags.ts";
import { parseIdentity } from "../identity/identity.ts";
import type { Logger } from "../ports/logger.ts";
import type { EnvironmentEvaluator, EnvironmentSnapshot, FlagEvaluator } from "./flag-evaluator.ts";

/** What {@link withFallback} needs of the client. */
export interface FallbackContext<Evaluator extends FlagEvaluator> {
  readonly primary: Evaluator;
  /** Answers from the offline handler's document. */
  readonly offline: Evaluator | undefined;
  readonly onMissing: FlagSource["onMissing"];
  /** Without a `defaultFlagHandler`, a failure reaches the caller. */
  readonly hasDefaultFlagHandler: boolean;
  readonly logger: Logger;
}

/**
 * Asks the primary evaluator, then the offline handler's document, then the default flags.
 *
 * Only a failure of the API, or a document that is missing, falls back: a bad trait or the caller's own
 * abort is the caller's to see.
 */
export function withFallback(context: FallbackContext<FlagEvaluator>): FlagEvaluator {
  return flagsWithFallback(context, createAsk(context));
}

/** The same for an evaluator that has a document; segments have no default. */
export function environmentWithFallback(
  context: FallbackContext<EnvironmentEvaluator>,
): EnvironmentEvaluator {
  const ask = createAsk(context);
  const defaults = () => defaultSnapshot(context.onMissing);
  return {
    ...flagsWithFallback(context, ask),
    identitySegments: async (identity, call) =>
      ask({ of: (evaluator) => evaluator.identitySegments(identity, call) }),
    snapshot: async (call) =>
      ask<EnvironmentSnapshot>({ of: (evaluator) => evaluator.snapshot(call), defaults }),
  };
}

function flagsWithFallback(
  { onMissing }: FallbackContext<FlagEvaluator>,
  ask: Ask<FlagEvaluator>,
): FlagEvaluator {
  const defaults = () => flagsOf([], onMissing);
  return {
    environmentFlags: (call) =>
      ask({ of: (evaluator) => evaluator.environmentFlags(call), defaults }),
    identityFlags: (identity, call) =>
      ask({ of: (evaluator) => evaluator.identityFlags(identity, call), defaults }),
  };
}

/** Puts one question to one evaluator after the other. */
type Ask<Evaluator> = <T>(question: Question<Evaluator, T>) => T | Promise<T>;

interface Question<Evaluator, T> {
  readonly of: (evaluator: Evaluator) => T | Promise<T>;
  /** Absent where no default can stand in. */
  readonly defaults?: (() => T) | undefined;
}

function createAsk<Evaluator extends FlagEvaluator>(
  context: FallbackContext<Evaluator>,
): Ask<Evaluator> {
  const { primary, offline, hasDefaultFlagHandler, logger } = context;

  async function fallBack<T>(failure: unknown, question: Question<Evaluator, T>): Promise<T> {
    if (!isFallible(failure)) throw failure;
    if (offline !== undefined) {
      try {
        const answer = await question.of(offline);
        logger.warn(`The offline handler answers: ${failure.message}`);
        return answer;
      } catch (offlineFailure) {
        if (!isFallible(offlineFailure)) throw offlineFailure;
        logger.warn(offlineFailure.message);
      }
    }
    if (!hasDefaultFlagHandler || question.defaults === undefined) throw failure;
    logger.warn(`Default flags answer: ${failure.message}`);
    return question.defaults();
  }

  return (question) => {
    try {
      const answer = question.of(primary);
      // A local answer is no promise: it must not cost one.
      if (!(answer instanceof Promise)) return answer;
      return answer.catch((failure: unknown) => fallBack(failure, question));
    } catch (failure) {
      return fallBack(failure, question);
    }
  };
}

function isFallible(error: unknown): error is FlagsmithClientError {
  if (error instanceof FlagsmithAPIError) return true;
  return error instanceof FlagsmithClientError && error.code === "NO_ENVIRONMENT";
}

/** Stands in for a document that never arrived. */
function defaultSnapshot(onMissing: FlagSource["onMissing"]): EnvironmentSnapshot {
  return {
    updatedAt: undefined,
    environmentFlags: () => flagsOf([], onMissing),
    identityFlags: (identifier, traits) => {
      parseIdentity({ identifier, traits });
      return flagsOf([], onMissing);
    },
    identitySegments: () => {
      throw new FlagsmithClientError("NO_ENVIRONMENT", "Default flags have no segments.");
    },
  };
}
