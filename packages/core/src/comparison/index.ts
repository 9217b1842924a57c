/**
 * Finds differences between local evaluation and the API in the traffic of an application.
 *
 * @module
 */
import type { EnvironmentProvider } from "../environment/environment.ts";
import { createOptionError } from "../errors.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { ModuleContext } from "../modules.ts";
import type { RemoteComparison } from "../options/options.ts";
import { ComparedEvaluator } from "./compared-evaluator.ts";
import { Comparison, type ComparisonCounts, type ComparisonOptions } from "./comparison.ts";

export type { ComparisonCounts, ComparisonOptions } from "./comparison.ts";
export type { ComparedFlag, FlagDifference } from "./flag-difference.ts";

/** The option `compareWithRemote` of a client. */
export interface SampledComparison extends RemoteComparison {
  /** Returns what was compared by all clients with this option. */
  counts(): ComparisonCounts;
}

/**
 * Creates the option `compareWithRemote`: a sample of the results of local evaluation is evaluated again by the API, in
 * the background. Differences are reported with both results and an explanation of the local one.
 *
 * Each comparison is one request, with the identifier and the traits of the call. The API does not store them.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`
 *
 * @example
 * const flagsmith = new Flagsmith({
 *   environmentKey: "ser.…",
 *   enableLocalEvaluation: true,
 *   compareWithRemote: compareWithRemote({
 *     sampleRate: 0.01,
 *     onDifference: ({ featureName, local, remote }) => console.warn(featureName, local, remote),
 *   }),
 * });
 */
export function compareWithRemote(options: ComparisonOptions): SampledComparison {
  const { sampleRate, onDifference, maxPerMinute = 60 } = options;
  if (!(sampleRate >= 0 && sampleRate <= 1)) {
    throw createOptionError("sampleRate", "must be a number from 0 to 1");
  }
  if (typeof onDifference !== "function") {
    throw createOptionError("onDifference", "must be a function");
  }
  if (!(maxPerMinute > 0)) throw createOptionError("maxPerMinute", "must be a number above 0");
  const counts = { skipped: 0, compared: 0, failed: 0, unconfirmed: 0, reported: 0 };
  return {
    start: (evaluator, environment, client) => {
      const context = client as ModuleContext;
      const parsed = { sampleRate, onDifference, maxPerMinute };
      const comparison = new Comparison(parsed, context, counts);
      closeWith(environment as EnvironmentProvider, comparison);
      const local: unknown = evaluator;
      const compared: unknown = new ComparedEvaluator(
        local as Evaluator,
        comparison,
        context.identities,
      );
      return compared as typeof evaluator;
    },
    counts: () => ({ ...counts }),
  };
}

/** Ends the comparisons with the environment, which the client closes. */
function closeWith(environment: EnvironmentProvider, comparison: Comparison): void {
  const close = environment.close.bind(environment);
  environment.close = () => {
    comparison.close();
    return close();
  };
}
