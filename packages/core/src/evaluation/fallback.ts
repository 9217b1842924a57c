import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import { type FlagReader, type Flags, flagsOf } from "../flags/flags.ts";
import { parseIdentity } from "../identity/identity.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Logger } from "../platform/logger.ts";
import type { FlagEvaluator, SnapshotSource } from "./evaluator.ts";

/** What stands in, in this order, for an API that fails. */
export interface FallbackContext<Asked> {
  /** Answers from the offline handler's document. */
  readonly offline: Asked | undefined;
  readonly onMissing: FlagReader["onMissing"];
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
  readonly onMissing: FlagReader["onMissing"];
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

function noFlags(onMissing: FlagReader["onMissing"]): Flags {
  return flagsOf([], { onMissing, source: "default" });
}

/** Stands in for a document that never arrived. */
function defaultSnapshot(onMissing: FlagReader["onMissing"]): EnvironmentSnapshot {
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

/** Says of an outage what stands in, once and not with every call. */
export interface OutageLog {
  /** Says it, unless it was the last thing that was said. */
  readonly fell: (message: string) => void;
  /** An answer has come: the next outage is another. */
  readonly rose: () => void;
}

/** Makes the log of one client. */
export function createOutageLog(logger: Logger): OutageLog {
  const said = new Set<string>();
  return {
    fell: (message) => {
      // One outage has few causes, but a server may word each anew.
      if (said.has(message) || said.size >= 20) return;
      said.add(message);
      logger.warn(message);
    },
    rose: () => said.clear(),
  };
}
