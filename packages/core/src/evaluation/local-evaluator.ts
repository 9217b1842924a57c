import type { EnvironmentProvider } from "../environment/environment.ts";
import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import { FlagsmithClientError } from "../errors.ts";
import type { FlagDefaults } from "../flags/flag-reader.ts";
import { createFlags, type Flags } from "../flags/flags.ts";
import { createAnonymousIdentifier } from "../identity/anonymous-identifier.ts";
import { anonymous, type Identifier, type IdentityParser } from "../identity/identity.ts";
import type { Traits } from "../identity/traits.ts";
import type { CallOptions } from "../options/call-options.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Evaluator, EvaluatorParts } from "./evaluator.ts";
import type { Scope } from "./scope.ts";

/** Local evaluation: evaluates the environment document in memory. The first calls wait for it. */
class LocalEvaluator implements Evaluator {
  readonly #environment: EnvironmentProvider;
  readonly #parts: EvaluatorParts;

  constructor(environment: EnvironmentProvider, parts: EvaluatorParts) {
    this.#environment = environment;
    this.#parts = parts;
  }

  environmentFlags(scope: Scope, options?: CallOptions): Flags | Promise<Flags> {
    const current = this.#current(scope, options);
    if (current) return current.environmentFlags();
    return this.#load(scope, options).then((snapshot) => snapshot.environmentFlags());
  }

  identityFlags(
    scope: Scope,
    identifier: Identifier,
    traits?: Traits,
    options?: CallOptions,
  ): Flags | Promise<Flags> {
    const { identities } = this.#parts;
    if (identifier === anonymous) {
      options?.signal?.throwIfAborted();
      const identity = identities.parse({ identifier, traits });
      return createAnonymousIdentifier(identity.traits).then((created) =>
        this.identityFlags(scope, created, identity.traits, options),
      );
    }
    const current = this.#current(scope, options);
    if (current) return current.identityFlags(identifier, traits);
    // Copied before the wait, because the caller may change its traits meanwhile.
    const identity = identities.parse({ identifier, traits });
    return this.#load(scope, options).then((snapshot) =>
      snapshot.identityFlags(identity.identifier, identity.traits),
    );
  }

  async snapshot(scope: Scope, options?: CallOptions): Promise<EnvironmentSnapshot> {
    return this.#current(scope, options) ?? (await this.#load(scope, options));
  }

  currentSnapshot(scope: Scope): EnvironmentSnapshot | undefined {
    const current = this.#current(scope) ?? this.#environment.peek(scope.waitUntil)?.snapshot;
    return current && scope.pin(current);
  }

  #current(scope: Scope, options?: CallOptions): EnvironmentSnapshot | undefined {
    options?.signal?.throwIfAborted();
    if (scope.pinned) return scope.pinned;
    const environment = this.#environment.current();
    return environment && scope.pin(environment.snapshot);
  }

  async #load(scope: Scope, options: CallOptions | undefined): Promise<EnvironmentSnapshot> {
    const { fallback, defaults, identities } = this.#parts;
    return scope.wait(scope.begin(options), (call) =>
      fallback.run<EnvironmentSnapshot>(call, {
        primary: async () => (await this.#environment.ready(call)).snapshot,
        evaluate: ({ snapshot }) => snapshot,
        defaults: (failure) => createDefaultSnapshot(defaults, identities, failure),
      }),
    );
  }
}

/** Creates the evaluator of local evaluation. With `compareWithRemote`, a sample of its results is compared. */
export function createLocalEvaluator(
  environment: EnvironmentProvider,
  parts: EvaluatorParts & { readonly options: Pick<ParsedOptions, "compareWithRemote"> },
): Evaluator {
  const evaluator = new LocalEvaluator(environment, parts);
  return parts.options.compareWithRemote?.start(evaluator, environment, parts) ?? evaluator;
}

/** Creates a snapshot of default flags, which replaces a document that could not be loaded. */
function createDefaultSnapshot(
  defaults: FlagDefaults,
  identities: IdentityParser,
  failure: FlagsmithClientError,
): EnvironmentSnapshot {
  const flags = (droppedTraits?: readonly string[]) =>
    createFlags(new Map(), { defaults, source: "default", droppedTraits, failure });
  return {
    updatedAt: undefined,
    environmentFlags: () => flags(),
    identityFlags: (identifier, traits) =>
      flags(identities.parse({ identifier, traits }).droppedTraits),
    identitySegments: () => {
      throw new FlagsmithClientError("NO_ENVIRONMENT", "Default flags have no segments.");
    },
  };
}
