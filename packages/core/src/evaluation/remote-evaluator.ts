import type { FlagsApi } from "../api/flags-api.ts";
import type { EnvironmentProvider } from "../environment/environment.ts";
import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import type { Flag } from "../flags/flag.ts";
import { createFlags, type FlagReader, type Flags } from "../flags/flags.ts";
import type { Call, CallOptions, IdentityCallOptions } from "../http/call.ts";
import { type Identity, parseIdentity } from "../identity/identity.ts";
import { assertServerAccepts } from "../identity/server-limits.ts";
import type { Traits } from "../identity/traits.ts";
import type { Evaluator, Scope } from "./evaluator.ts";
import type { Fallback } from "./fallback.ts";
import type { CachedFlags } from "./flag-cache.ts";

/** Remote evaluation: each call is one request to the API, unless the user's cache has the flags. */
export class RemoteEvaluator implements Evaluator {
  readonly #api: FlagsApi;
  readonly #cache: CachedFlags | undefined;
  readonly #fallback: Fallback;
  readonly #offline: EnvironmentProvider | undefined;
  readonly #getDefault: FlagReader["getDefault"];

  constructor(parts: {
    readonly api: FlagsApi;
    readonly cache: CachedFlags | undefined;
    readonly fallback: Fallback;
    /** The offline handler's document. */
    readonly offline: EnvironmentProvider | undefined;
    readonly getDefault: FlagReader["getDefault"];
  }) {
    this.#api = parts.api;
    this.#cache = parts.cache;
    this.#fallback = parts.fallback;
    this.#offline = parts.offline;
    this.#getDefault = parts.getDefault;
  }

  async environmentFlags(scope: Scope, options?: CallOptions): Promise<Flags> {
    const call = scope.begin(options);
    return this.#run(call, {
      load: () => this.#load(undefined, call, () => this.#api.environmentFlags(call)),
      evaluate: (snapshot) => snapshot.environmentFlags(),
    });
  }

  async identityFlags(
    scope: Scope,
    identifier: string,
    traits?: Traits,
    options?: IdentityCallOptions,
  ): Promise<Flags> {
    const call = scope.begin(options);
    const identity = parseIdentity({ identifier, traits, transient: options?.transient });
    assertServerAccepts(identity);
    return this.#run(call, {
      load: () => this.#load(identity, call, () => this.#api.identityFlags(identity, call)),
      evaluate: (snapshot) => snapshot.identityFlags(identifier, identity.traits),
    });
  }

  #run(
    call: Call,
    {
      load,
      evaluate,
    }: { load: () => Promise<Flags>; evaluate: (snapshot: EnvironmentSnapshot) => Flags },
  ): Promise<Flags> {
    const offline = this.#offline;
    return this.#fallback.run({
      primary: load,
      // The same call: its deadline covers the API and the offline handler.
      offline: offline && (async () => evaluate((await offline.ready(call)).snapshot)),
      defaults: () => createFlags([], { getDefault: this.#getDefault, source: "default" }),
    });
  }

  async #load(
    identity: Identity | undefined,
    call: Call,
    request: () => Promise<readonly Flag[]>,
  ): Promise<Flags> {
    const getDefault = this.#getDefault;
    if (this.#cache === undefined) {
      return createFlags(await request(), { getDefault, source: "remote" });
    }
    const { flags, source } = await this.#cache.get(identity, call, request);
    return createFlags(flags, { getDefault, source });
  }
}
