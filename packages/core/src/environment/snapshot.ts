import type { CompiledEnvironment, EvaluatedFlag, Evaluation } from "../engine/index.ts";
import type { Flag } from "../flags/flag.ts";
import { type FlagReader, Flags } from "../flags/flags.ts";
import { parseIdentifier } from "../identity/identity.ts";
import { parseTraits, type Traits } from "../identity/traits.ts";
import type { Environment } from "./environment.ts";

/** A segment that an identity is in. */
export interface Segment {
  readonly id: number | undefined;
  readonly name: string;
}

/** One version of the environment, asked without waiting. */
export interface EnvironmentSnapshot {
  /** When Flagsmith last changed this version, in ISO 8601; `undefined` where the document does not say. */
  readonly updatedAt: string | undefined;
  /** The flags of the environment, for nobody in particular. */
  environmentFlags(): Flags;
  /**
   * The flags of an identity with these traits.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
   */
  identityFlags(identifier: string, traits?: Traits): Flags;
  /**
   * The segments that an identity with these traits is in.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`; `NO_ENVIRONMENT`
   * where default flags stand in for a document.
   */
  identitySegments(identifier: string, traits?: Traits): Segment[];
}

/** One version of the environment, pinned. */
export class Snapshot implements EnvironmentSnapshot {
  readonly updatedAt: string | undefined;
  readonly #compiled: CompiledEnvironment;
  readonly #about: Pick<FlagReader, "onMissing" | "source">;

  constructor({ compiled, updatedAt, source }: Environment, onMissing: FlagReader["onMissing"]) {
    this.updatedAt = updatedAt;
    this.#compiled = compiled;
    this.#about = { onMissing, source };
  }

  /** Without segments, as the API's own environment flags. */
  environmentFlags(): Flags {
    return evaluatedFlags(this.#compiled.evaluateWithoutSegments(), this.#about);
  }

  identityFlags(identifier: string, traits?: Traits): Flags {
    return evaluatedFlags(this.#evaluate(identifier, traits), this.#about);
  }

  identitySegments(identifier: string, traits?: Traits): Segment[] {
    return this.#evaluate(identifier, traits)
      .segments()
      .map(({ id, name }) => ({ id, name }));
  }

  #evaluate(identifier: string, traits: Traits | undefined) {
    return this.#compiled.evaluate({
      identifier: parseIdentifier(identifier),
      traits: parseTraits(traits),
    });
  }
}

/** {@link Flags} of an evaluation: each flag is worked out when it is asked for. */
export function evaluatedFlags(evaluation: Evaluation, about: About): Flags {
  return new Flags(new EvaluatedFlags(evaluation, about));
}

/** What is known of the flags besides their evaluation. */
type About = Pick<FlagReader, "onMissing" | "source">;

// A class, because one object is cheaper than three closures on the path of every question.
class EvaluatedFlags implements FlagReader {
  readonly onMissing: FlagReader["onMissing"];
  readonly source: FlagReader["source"];
  readonly #evaluation: Evaluation;

  constructor(evaluation: Evaluation, { onMissing, source }: About) {
    this.#evaluation = evaluation;
    this.onMissing = onMissing;
    this.source = source;
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
