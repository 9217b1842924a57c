import type { FlagsApi } from "../api/flags-api.ts";
import type { Environment } from "../environment/environment.ts";
import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import type { StatusTracker } from "../environment/status.ts";
import { createRemoteModeError, FlagsmithAPIError } from "../errors.ts";
import { createFlags, type Flags, type FlagsByName } from "../flags/flags.ts";
import type { Call } from "../http/call.ts";
import {
  assertServerAccepts,
  type Identifier,
  type Identity,
  isRepeatable,
} from "../identity/identity.ts";
import type { Traits } from "../identity/traits.ts";
import type { CallOptions, IdentityCallOptions } from "../options/call-options.ts";
import type { CachedFlags } from "./cached-flags.ts";
import type { Evaluator, EvaluatorParts } from "./evaluator.ts";
import type { Scope } from "./scope.ts";

/** Remote evaluation: each call requests flags from the API, unless the user's cache has them. */
export class RemoteEvaluator implements Evaluator {
  readonly #api: FlagsApi;
  readonly #cache: CachedFlags | undefined;
  readonly #parts: EvaluatorParts & { readonly status: StatusTracker };

  constructor(
    api: FlagsApi,
    cache: CachedFlags | undefined,
    parts: EvaluatorParts & { readonly status: StatusTracker },
  ) {
    this.#api = api;
    this.#cache = cache;
    this.#parts = parts;
  }

  async environmentFlags(scope: Scope, options?: CallOptions): Promise<Flags> {
    const call = scope.begin(options);
    return this.#run(call, {
      identity: undefined,
      request: () => this.#api.environmentFlags(call),
      evaluate: ({ snapshot }) => snapshot.environmentFlags(),
    });
  }

  async identityFlags(
    scope: Scope,
    identifier: Identifier,
    traits?: Traits,
    options?: IdentityCallOptions,
  ): Promise<Flags> {
    const call = scope.begin(options);
    const { identities } = this.#parts;
    const identity = identities.parse({ identifier, traits, transient: options?.transient });
    assertServerAccepts(identity);
    return this.#run(call, {
      identity,
      request: () => this.#api.identityFlags(identity, call),
      evaluate: async ({ snapshot, createAnonymousIdentifier }) => {
        const own = identity.identifier || (await createAnonymousIdentifier(identity.traits));
        return snapshot.identityFlags(own, identity.traits);
      },
    });
  }

  async snapshot(): Promise<EnvironmentSnapshot> {
    throw createRemoteModeError();
  }

  currentSnapshot(): undefined {}

  #run(
    call: Call,
    steps: {
      readonly identity: Identity | undefined;
      readonly request: () => Promise<FlagsByName>;
      /** Evaluates the offline handler's document. */
      readonly evaluate: (environment: Environment) => Flags | Promise<Flags>;
    },
  ): Promise<Flags> {
    const { identity, evaluate } = steps;
    const cache = !identity || isRepeatable(identity) ? this.#cache : undefined;
    const request = () => this.#send(steps.request);
    const { fallback, defaults } = this.#parts;
    const droppedTraits = identity?.droppedTraits;
    return fallback.run(call, {
      primary: async () => {
        const { flags, source } = cache
          ? await cache(identity, call, request)
          : { flags: await request(), source: "remote" as const };
        return createFlags(flags, { defaults, source, droppedTraits });
      },
      evaluate,
      defaults: (failure) =>
        createFlags(new Map(), { defaults, source: "default", droppedTraits, failure }),
    });
  }

  /** Sends a request, and records its outcome for `status()`. */
  async #send(request: () => Promise<FlagsByName>): Promise<FlagsByName> {
    const { status, fallback } = this.#parts;
    try {
      const flags = await request();
      if (status.failures > 0) {
        status.succeeded();
        fallback.recovered();
      }
      return flags;
    } catch (error) {
      if (error instanceof FlagsmithAPIError) status.failed(error);
      throw error;
    }
  }
}
