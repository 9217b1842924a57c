import type { EnvironmentContext, IdentityContext } from "./context.ts";
import { type Evaluation, SegmentedEvaluation, type Verdicts } from "./evaluation.ts";
import type { Tables } from "./tables.ts";

/** An environment that is ready to be asked. It keeps nothing of the input it was compiled from. */
export class CompiledEnvironment {
  readonly #tables: Tables;
  readonly #verdicts: Verdicts;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#verdicts = { entries: new Float64Array(tables.segments.length), evaluations: 0 };
  }

  /** The environment's key and name. */
  get environment(): EnvironmentContext {
    return this.#tables.environment;
  }

  /**
   * Opens a question for an identity; without one, segments still count, but nothing is split.
   *
   * The answers are worked out later, so the identity must not change while they are asked for.
   */
  evaluate(identity: IdentityContext | null = null): Evaluation {
    return new SegmentedEvaluation(this.#tables, this.#verdicts, identity);
  }

  /** The flags as the environment sets them, whatever the segments say. */
  evaluateWithoutSegments(): Evaluation {
    const { features } = this.#tables;
    return {
      flag: (name) => features.get(name)?.base.flag,
      flags: () => Array.from(features.values(), ({ base }) => base.flag),
      segments: () => [],
    };
  }
}
