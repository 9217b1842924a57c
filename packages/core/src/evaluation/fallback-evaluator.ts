import { FlagsmithAPIError } from "../errors.ts";
import { flagsOf } from "../flags/flag-list.ts";
import type { FlagSource, Flags } from "../flags/flags.ts";
import type { Logger } from "../ports/logger.ts";
import type { FlagEvaluator } from "./flag-evaluator.ts";

/** What {@link withFallback} needs of the client. */
export interface FallbackContext {
  readonly primary: FlagEvaluator;
  readonly onMissing: FlagSource["onMissing"];
  /** Without a `defaultFlagHandler`, a failure reaches the caller. */
  readonly hasDefaultFlagHandler: boolean;
  readonly logger: Logger;
}

/**
 * Answers with default flags when the primary evaluator could not reach the API.
 *
 * Only the API's failures fall back: a bad trait or the caller's own abort is the caller's to see.
 */
export function withFallback(context: FallbackContext): FlagEvaluator {
  const { primary, onMissing, hasDefaultFlagHandler, logger } = context;

  async function orDefaults(evaluate: () => Flags | Promise<Flags>): Promise<Flags> {
    try {
      return await evaluate();
    } catch (error) {
      if (!hasDefaultFlagHandler || !(error instanceof FlagsmithAPIError)) throw error;
      logger.warn(`Default flags answer: ${error.message}`);
      return flagsOf([], onMissing);
    }
  }

  return {
    environmentFlags: (call) => orDefaults(() => primary.environmentFlags(call)),
    identityFlags: (identity, call) => orDefaults(() => primary.identityFlags(identity, call)),
  };
}
