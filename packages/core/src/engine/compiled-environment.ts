import type { EnvironmentContext, IdentityContext } from "./context.ts";
import { type Evaluation, SegmentedEvaluation, type Verdicts } from "./evaluation.ts";
import type { Tables } from "./tables.ts";

/** An environment that is ready to be asked. It keeps nothing of the input it was compiled from. */
export interface CompiledEnvironment {
  /** The environment's key and name. */
  readonly environment: EnvironmentContext;
  /**
   * Opens a question for an identity; without one, segments still count, but nothing is split.
   *
   * The answers are worked out later, so the identity must not change while they are asked for.
   */
  evaluate(identity?: IdentityContext | null): Evaluation;
  /** The flags as the environment sets them, whatever the segments say. */
  evaluateWithoutSegments(): Evaluation;
}

/** Lets an environment be asked by its tables. */
export function createEnvironment(tables: Tables): CompiledEnvironment {
  const { environment, features, segments } = tables;
  const verdicts: Verdicts = { entries: new Float64Array(segments.length), evaluations: 0 };
  return {
    environment,
    evaluate: (identity) => new SegmentedEvaluation(tables, verdicts, identity),
    evaluateWithoutSegments: () => ({
      flag: (name) => features.get(name)?.base.flag,
      flags: () => Array.from(features.values(), ({ base }) => base.flag),
      segments: () => [],
    }),
  };
}
