import type { CompiledEnvironment, EvaluatedFlag, Evaluation } from "../engine/index.ts";
import type { Flag } from "../flags/flag.ts";
import type { FlagReader, FlagsOrigin } from "../flags/flag-reader.ts";
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
  /**
   * The environment's flags, without an identity.
   *
   * @example
   * const isOn = snapshot.environmentFlags().isFeatureEnabled("dark_mode");
   */
  environmentFlags(): Flags;
  /**
   * The flags of an identity with these traits.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
   *
   * @example
   * const flags = snapshot.identityFlags("user-42", { plan: "gold" });
   */
  identityFlags(identifier: string, traits?: Traits): Flags;
  /**
   * The segments that match an identity with these traits.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`. `NO_ENVIRONMENT` if this
   * snapshot consists of default flags.
   *
   * @example
   * const names = snapshot.identitySegments("user-42").map(({ name }) => name);
   */
  identitySegments(identifier: string, traits?: Traits): Segment[];
}

/** The parts of a snapshot that its flags share. */
interface SnapshotVersion extends FlagsOrigin {
  readonly compiled: CompiledEnvironment;
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
    return new Flags(new EvaluatedFlags(this.#version));
  }

  identityFlags(identifier: string, traits?: Traits): Flags {
    const identity = new LocalIdentity(identifier, traits, this.#version.identities);
    return new Flags(new EvaluatedFlags(this.#version, identity));
  }

  identitySegments(identifier: string, traits?: Traits): Segment[] {
    const identity = new LocalIdentity(identifier, traits, this.#version.identities);
    const segments = this.#version.compiled.evaluate(identity).segments();
    return segments.map(({ id, name }) => ({ id, name }));
  }
}

/** Evaluates each flag when it is read. A class, because one object is cheaper than three closures. */
class EvaluatedFlags implements FlagReader {
  readonly origin: SnapshotVersion;
  readonly #identity: LocalIdentity | undefined;
  /** Created for the first flag that depends on the identity. */
  #evaluation: Evaluation | undefined;

  constructor(version: SnapshotVersion, identity?: LocalIdentity) {
    this.origin = version;
    this.#identity = identity;
  }

  get droppedTraits(): readonly string[] {
    return this.#identity?.droppedTraits ?? [];
  }

  peek(featureName: string): EvaluatedFlag | undefined {
    const feature = this.origin.compiled.tables.features.get(featureName);
    return feature && (feature.constant ?? this.#evaluate().resolve(feature) ?? undefined);
  }

  find(featureName: string): Flag | undefined {
    const flag = this.peek(featureName);
    return flag && toFlag(flag);
  }

  list(): Flag[] {
    return this.#evaluate().flags().map(toFlag);
  }

  getDefault(featureName: string): Flag {
    return this.origin.defaults.get(featureName);
  }

  #evaluate(): Evaluation {
    const { compiled } = this.origin;
    const identity = this.#identity;
    this.#evaluation ??= identity
      ? compiled.evaluate(identity)
      : compiled.evaluateWithoutSegments();
    return this.#evaluation;
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
