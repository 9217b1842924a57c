import type { RequestFlags } from "../api/flags-api.ts";
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
  readonly #request: RequestFlags;
  readonly #cache: CachedFlags | undefined;
  readonly #parts: EvaluatorParts & { readonly status: StatusTracker };

  constructor(
    request: RequestFlags,
    cache: CachedFlags | undefined,
    parts: EvaluatorParts & { readonly status: StatusTracker },
  ) {
    this.#request = request;
    this.#cache = cache;
    this.#parts = parts;
  }

  async environmentFlags(scope: Scope, options?: CallOptions): Promise<Flags> {
    return this.#run(undefined, scope.begin(options));
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
    return this.#run(identity, call);
  }

  async snapshot(): Promise<EnvironmentSnapshot> {
    throw createRemoteModeError();
  }

  currentSnapshot(): undefined {}

  #run(identity: Identity | undefined, call: Call): Promise<Flags> {
    const cache = !identity || isRepeatable(identity) ? this.#cache : undefined;
    const { fallback, defaults } = this.#parts;
    const droppedTraits = identity?.droppedTraits;
    return fallback.run(call, {
      primary: async () => {
        const { flags, source } = cache
          ? await cache(identity, call, () => this.#send(identity, call))
          : { flags: await this.#send(identity, call), source: "remote" as const };
        return createFlags(flags, { defaults, source, droppedTraits });
      },
      evaluate: async ({ snapshot, createAnonymousIdentifier }) => {
        if (!identity) return snapshot.environmentFlags();
        const { identifier, traits } = identity;
        return snapshot.identityFlags(
          identifier || (await createAnonymousIdentifier(traits)),
          traits,
        );
      },
      defaults: (failure) =>
        createFlags(new Map(), { defaults, source: "default", droppedTraits, failure }),
    });
  }

  /** Sends a request, and records its outcome for `status()`. */
  async #send(identity: Identity | undefined, call: Call): Promise<FlagsByName> {
    const { status, fallback } = this.#parts;
    try {
      const flags = await this.#request(identity, call);
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
