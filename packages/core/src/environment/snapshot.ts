import type { CompiledEnvironment, EvaluatedFlag, Evaluation } from "../engine/index.ts";
import type { Flag } from "../flags/flag.ts";

import type { FlagDefaults, FlagReader, FlagState, FlagsOrigin } from "../flags/flag-reader.ts";
import { Flags } from "../flags/flags.ts";
import type { IdentityParser } from "../identity/identity.ts";
import { LocalIdentity } from "../identity/local-identity.ts";
import type { Traits } from "../identity/traits.ts";

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

/** The parts of a snapshot that its flags share. */
interface SnapshotVersion extends FlagsOrigin {
  readonly compiled: CompiledEnvironment;
  readonly defaults: FlagDefaults;
  readonly identities: IdentityParser;
}

/** A snapshot of a compiled environment. */
export class Snapshot implements EnvironmentSnapshot {
  readonly updatedAt: string | undefined;
  readonly #version: SnapshotVersion;

  constructor(version: SnapshotVersion) {
    this.updatedAt = version.updatedAt;
    this.#version = version;
  }

  /** Ignores segments, like the environment flags of the API. */
  environmentFlags(): Flags {
    return this.#createFlags(this.#version.compiled.evaluateWithoutSegments());
  }

  identityFlags(identifier: string, traits?: Traits): Flags {
    const identity = new LocalIdentity(identifier, traits, this.#version.identities);
    return this.#createFlags(this.#version.compiled.evaluate(identity), identity);
  }

  identitySegments(identifier: string, traits?: Traits): Segment[] {
    const identity = new LocalIdentity(identifier, traits, this.#version.identities);
    const segments = this.#version.compiled.evaluate(identity).segments();
    return segments.map(({ id, name }) => ({ id, name }));
  }

  #createFlags(evaluation: Evaluation, identity?: LocalIdentity): Flags {
    return new Flags(new EvaluatedFlags(evaluation, this.#version, identity));
  }
}

/** Evaluates each flag when it is read. A class, because one object is cheaper than three closures. */
class EvaluatedFlags implements FlagReader {
  readonly origin: SnapshotVersion;
  readonly #evaluation: Evaluation;
  readonly #identity: LocalIdentity | undefined;

  constructor(evaluation: Evaluation, version: SnapshotVersion, identity?: LocalIdentity) {
    this.#evaluation = evaluation;
    this.origin = version;
    this.#identity = identity;
  }

  get droppedTraits(): readonly string[] {
    return this.#identity?.droppedTraits ?? [];
  }

  peek(featureName: string): FlagState | undefined {
    return this.#evaluation.flag(featureName);
  }

  find(featureName: string): Flag | undefined {
    const flag = this.#evaluation.flag(featureName);
    return flag && toFlag(flag);
  }

  list(): Flag[] {
    return this.#evaluation.flags().map(toFlag);
  }

  getDefault(featureName: string): Flag {
    return this.origin.defaults.get(featureName);
  }

  warn(featureName: string, problem: string): void {
    this.origin.defaults.warn(this.origin, featureName, problem);
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
