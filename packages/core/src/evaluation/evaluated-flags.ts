import type { EvaluatedFlag, Evaluation } from "../engine.ts";
import type { Flag } from "../flags/flag.ts";
import { type FlagSource, Flags } from "../flags/flags.ts";

/** {@link Flags} of an evaluation: each flag is worked out when it is asked for. */
export function evaluatedFlags(evaluation: Evaluation, about: About): Flags {
  return new Flags(new EvaluatedFlags(evaluation, about));
}

/** What is known of the flags besides their evaluation. */
type About = Pick<FlagSource, "onMissing" | "origin">;

// A class, because one object is cheaper than three closures on the path of every question.
class EvaluatedFlags implements FlagSource {
  readonly onMissing: FlagSource["onMissing"];
  readonly origin: FlagSource["origin"];
  readonly #evaluation: Evaluation;

  constructor(evaluation: Evaluation, { onMissing, origin }: About) {
    this.#evaluation = evaluation;
    this.onMissing = onMissing;
    this.origin = origin;
  }

  peek(featureName: string): Pick<Flag, "enabled" | "value"> | undefined {
    return this.#evaluation.flag(featureName);
  }

  lookup(featureName: string): Flag | undefined {
    const flag = this.#evaluation.flag(featureName);
    return flag && toFlag(flag);
  }

  all(): Flag[] {
    return this.#evaluation.flags().map(toFlag);
  }
}

function toFlag({ name, featureId, enabled, value, reason, variant }: EvaluatedFlag): Flag {
  return {
    featureName: name,
    featureId,
    enabled,
    value,
    isDefault: false,
    reason,
    variant,
    experiment: undefined,
  };
}
