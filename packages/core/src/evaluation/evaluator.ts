import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import type { FlagDefaults } from "../flags/flag-reader.ts";
import type { Flags } from "../flags/flags.ts";
import type { Identifier, IdentityParser } from "../identity/identity.ts";
import type { Traits } from "../identity/traits.ts";
import type { CallOptions, IdentityCallOptions } from "../options/call-options.ts";
import type { Fallback } from "./fallback.ts";
import type { Scope } from "./scope.ts";

/**
 * Evaluates flags: `RemoteEvaluator` calls the API, `LocalEvaluator` uses the environment document.
 *
 * Returns synchronously if the result is in memory, so that no promise and no call are created.
 *
 * An asynchronous function that returns one of these promises awaits it. Otherwise Workers with a compatibility date before
 * 2026-03-03 report a call that is refused at once as an unhandled rejection.
 */
export interface Evaluator {
  environmentFlags(scope: Scope, options?: CallOptions): Flags | Promise<Flags>;
  identityFlags(
    scope: Scope,
    identifier: Identifier,
    traits?: Traits,
    options?: IdentityCallOptions,
  ): Flags | Promise<Flags>;
  /** @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` in remote mode. */
  snapshot(scope: Scope, options?: CallOptions): Promise<EnvironmentSnapshot>;
  /** The version of the environment in memory. `undefined` in remote mode. */
  currentSnapshot(scope: Scope): EnvironmentSnapshot | undefined;
}

/** The parts of a client that all evaluators use. */
export interface EvaluatorParts {
  readonly fallback: Fallback;
  readonly defaults: FlagDefaults;
  readonly identities: IdentityParser;
}
