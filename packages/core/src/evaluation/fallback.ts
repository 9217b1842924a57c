import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import { flagsOf } from "../flags/flag-list.ts";
import type { FlagSource, Flags } from "../flags/flags.ts";
import { parseIdentity } from "../identity/identity.ts";
import type { ParsedOptions } from "../parse-options.ts";
import type { Logger } from "../ports/logger.ts";
import type { EnvironmentSnapshot, FlagEvaluator, SnapshotSource } from "./flag-evaluator.ts";
import { createOutageLog, type OutageLog } from "./outage-log.ts";

/** What stands in, in this order, for an API that fails. */
export interface FallbackContext<Asked> {
  /** Answers from the offline handler's document. */
  readonly offline: Asked | undefined;
  readonly onMissing: FlagSource["onMissing"];
  /** Without a `defaultFlagHandler`, a failure reaches the caller. */
  readonly hasDefaultFlagHandler: boolean;
  readonly outageLog: OutageLog;
}

/** What a client has to fall back on; nothing offline yet. */
export function fallbackOf({
  options,
  onMissing,
  logger,
}: {
  readonly options: Pick<ParsedOptions, "defaultFlagHandler">;
  readonly onMissing: FlagSource["onMissing"];
  readonly logger: Logger;
}): Omit<FallbackContext<unknown>, "offline"> {
  const hasDefaultFlagHandler = options.defaultFlagHandler !== undefined;
  return { onMissing, hasDefaultFlagHandler, outageLog: createOutageLog(logger) };
}

/** Remote evaluation, then the offline handler's document, then default flags. */
export function evaluatorWithFallback(
  primary: FlagEvaluator,
  context: FallbackContext<FlagEvaluator>,
): FlagEvaluator {
  const defaults = () => noFlags(context.onMissing);
  return {
    environmentFlags: (options) =>
      firstOf(primary, context, { of: (asked) => asked.environmentFlags(options), defaults }),
    identityFlags: (...question) =>
      firstOf(primary, context, { of: (asked) => asked.identityFlags(...question), defaults }),
  };
}

/** The environment's snapshots, then the offline handler's, then one of default flags. */
export function snapshotsWithFallback(
  primary: SnapshotSource,
  context: FallbackContext<SnapshotSource>,
): SnapshotSource {
  const defaults = () => defaultSnapshot(context.onMissing);
  return {
    current: primary.current,
    load: (call) => firstOf(primary, context, { of: (asked) => asked.load(call), defaults }),
  };
}

interface Question<Asked, T> {
  readonly of: (asked: Asked) => T | Promise<T>;
  readonly defaults: () => T;
}

/**
 * Only a failure of the API, or a document that is missing, falls back: a bad trait or the caller's own
 * abort is the caller's to see.
 */
async function firstOf<Asked, T>(
  primary: Asked,
  { offline, hasDefaultFlagHandler, outageLog }: FallbackContext<Asked>,
  question: Question<Asked, T>,
): Promise<T> {
  try {
    const answer = await question.of(primary);
    outageLog.rose();
    return answer;
  } catch (failure) {
    if (!isOutage(failure)) throw failure;
    if (offline !== undefined) {
      try {
        const answer = await question.of(offline);
        outageLog.fell(`The offline handler answers: ${failure.message}`);
        return answer;
      } catch (offlineFailure) {
        if (!isOutage(offlineFailure)) throw offlineFailure;
        outageLog.fell(offlineFailure.message);
      }
    }
    if (!hasDefaultFlagHandler) throw failure;
    outageLog.fell(`Default flags answer: ${failure.message}`);
    return question.defaults();
  }
}

function isOutage(error: unknown): error is FlagsmithClientError {
  if (error instanceof FlagsmithAPIError) return true;
  return error instanceof FlagsmithClientError && error.code === "NO_ENVIRONMENT";
}

function noFlags(onMissing: FlagSource["onMissing"]): Flags {
  return flagsOf([], { onMissing, origin: "default" });
}

/** Stands in for a document that never arrived. */
function defaultSnapshot(onMissing: FlagSource["onMissing"]): EnvironmentSnapshot {
  return {
    updatedAt: undefined,
    environmentFlags: () => noFlags(onMissing),
    identityFlags: (identifier, traits) => {
      parseIdentity({ identifier, traits });
      return noFlags(onMissing);
    },
    identitySegments: () => {
      throw new FlagsmithClientError("NO_ENVIRONMENT", "Default flags have no segments.");
    },
  };
}
