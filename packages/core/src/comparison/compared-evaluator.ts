import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { Scope } from "../evaluation/scope.ts";
import type { Flags } from "../flags/flags.ts";
import {
  anonymous,
  type Identifier,
  type Identity,
  type IdentityParser,
  isRepeatable,
} from "../identity/identity.ts";
import type { Traits } from "../identity/traits.ts";
import type { CallOptions, IdentityCallOptions } from "../options/call-options.ts";
import type { Comparison } from "./comparison.ts";

/** An evaluator whose results are sampled for comparisons. */
export class ComparedEvaluator implements Evaluator {
  readonly #evaluator: Evaluator;
  readonly #comparison: Comparison;
  readonly #identities: IdentityParser;

  constructor(evaluator: Evaluator, comparison: Comparison, identities: IdentityParser) {
    this.#evaluator = evaluator;
    this.#comparison = comparison;
    this.#identities = identities;
  }

  environmentFlags(scope: Scope, options?: CallOptions): Flags | Promise<Flags> {
    const flags = this.#evaluator.environmentFlags(scope, options);
    return this.#sample(flags, scope, () => undefined);
  }

  identityFlags(
    scope: Scope,
    identifier: Identifier,
    traits?: Traits,
    options?: IdentityCallOptions,
  ): Flags | Promise<Flags> {
    const flags = this.#evaluator.identityFlags(scope, identifier, traits, options);
    const parse = () => this.#parse(identifier, traits);
    if (identifier === anonymous && !isRepeatable(parse())) return flags;
    return this.#sample(flags, scope, parse);
  }

  async snapshot(scope: Scope, options?: CallOptions): Promise<EnvironmentSnapshot> {
    return this.#wrap(await this.#evaluator.snapshot(scope, options), scope);
  }

  currentSnapshot(scope: Scope): EnvironmentSnapshot | undefined {
    const snapshot = this.#evaluator.currentSnapshot(scope);
    return snapshot && this.#wrap(snapshot, scope);
  }

  #wrap(snapshot: EnvironmentSnapshot, scope: Scope): EnvironmentSnapshot {
    return {
      updatedAt: snapshot.updatedAt,
      environmentFlags: () => {
        const flags = snapshot.environmentFlags();
        this.#comparison.sample(flags, scope, () => undefined);
        return flags;
      },
      identityFlags: (identifier, traits) => {
        const flags = snapshot.identityFlags(identifier, traits);
        this.#comparison.sample(flags, scope, () => this.#parse(identifier, traits));
        return flags;
      },
      identitySegments: (identifier, traits) => snapshot.identitySegments(identifier, traits),
    };
  }

  #sample(
    result: Flags | Promise<Flags>,
    scope: Scope,
    parse: () => Identity | undefined,
  ): Flags | Promise<Flags> {
    if (!(result instanceof Promise)) {
      this.#comparison.sample(result, scope, parse);
      return result;
    }
    const identity = parse();
    return result.then((flags) => {
      this.#comparison.sample(flags, scope, () => identity);
      return flags;
    });
  }

  /** Copies the identity, because the caller may change its traits. The API stores neither. */
  #parse(identifier: Identifier, traits: Traits | undefined): Identity {
    return this.#identities.parse({ identifier, traits, transient: identifier !== anonymous });
  }
}
