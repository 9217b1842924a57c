import type { CompiledEnvironment, EvaluatedFlag, Evaluation } from "../engine/index.ts";
import type { Flag } from "../flags/flag.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import { type FlagReader, Flags } from "../flags/flags.ts";
import { parseIdentifier } from "../identity/identity.ts";
import { parseTraits, type Traits } from "../identity/traits.ts";

/** A segment of the environment's project. */
export interface Segment {
  readonly id: number | undefined;
  readonly name: string;
}

/** One version of the environment. Evaluates synchronously and never changes. */
export interface EnvironmentSnapshot {
  /** When Flagsmith last changed this version, in ISO 8601. `undefined` if the document has no date. */
  readonly updatedAt: string | undefined;
  /** The environment's flags, without an identity. */
  environmentFlags(): Flags;
  /**
   * The flags of an identity with these traits.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
   */
  identityFlags(identifier: string, traits?: Traits): Flags;
  /**
   * The segments that match an identity with these traits.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`. `NO_ENVIRONMENT` if this
   * snapshot consists of default flags.
   */
  identitySegments(identifier: string, traits?: Traits): Segment[];
}

/** A snapshot of a compiled environment. */
export class Snapshot implements EnvironmentSnapshot {
  readonly updatedAt: string | undefined;
  readonly #compiled: CompiledEnvironment;
  readonly #source: FlagSource;
  readonly #getDefault: FlagReader["getDefault"];

  constructor(version: {
    readonly compiled: CompiledEnvironment;
    readonly updatedAt: string | undefined;
    readonly source: FlagSource;
    readonly getDefault: FlagReader["getDefault"];
  }) {
    this.updatedAt = version.updatedAt;
    this.#compiled = version.compiled;
    this.#source = version.source;
    this.#getDefault = version.getDefault;
  }

  /** Ignores segments, like the environment flags of the API. */
  environmentFlags(): Flags {
    return this.#createFlags(this.#compiled.evaluateWithoutSegments());
  }

  identityFlags(identifier: string, traits?: Traits): Flags {
    return this.#createFlags(this.#evaluate(identifier, traits));
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

  #createFlags(evaluation: Evaluation): Flags {
    return new Flags(new EvaluatedFlags(evaluation, this.#getDefault, this.#source));
  }
}

/** Evaluates each flag when it is read. A class, because one object is cheaper than three closures. */
class EvaluatedFlags implements FlagReader {
  readonly getDefault: FlagReader["getDefault"];
  readonly source: FlagSource;
  readonly #evaluation: Evaluation;

  constructor(evaluation: Evaluation, getDefault: FlagReader["getDefault"], source: FlagSource) {
    this.#evaluation = evaluation;
    this.getDefault = getDefault;
    this.source = source;
  }

  peek(featureName: string): Pick<Flag, "enabled" | "value"> | undefined {
    return this.#evaluation.flag(featureName);
  }

  find(featureName: string): Flag | undefined {
    const flag = this.#evaluation.flag(featureName);
    return flag && toFlag(flag);
  }

  list(): Flag[] {
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
