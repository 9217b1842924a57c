import type { CompiledEnvironment } from "../engine/index.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import type { Call } from "../http/call.ts";
import type { ParsedTraits } from "../identity/traits.ts";
import type { UpdateOptions } from "../options/call-options.ts";
import type { ClientStatus } from "../options/options.ts";
import type { WaitUntil } from "../platform/platform.ts";
import type { EnvironmentSnapshot } from "./snapshot.ts";

/** One version of the environment, compiled from its document. */
export interface Environment {
  readonly snapshot: EnvironmentSnapshot;
  readonly compiled: CompiledEnvironment;
  /** The environment's own key, which the realtime stream is named after. */
  readonly key: string;
  /** The environment's id. `undefined` if the document has none. */
  readonly id: unknown;
  /** When Flagsmith last changed the document, in ISO 8601. `undefined` if the document has no date. */
  readonly updatedAt: string | undefined;
  /** Whether the project publishes realtime changes. `true` if the document does not say. */
  readonly isRealtime: boolean;
  /** `local` is a document from the API. */
  readonly source: FlagSource;
  /** A member, so that a client without an environment document does not load it. */
  readonly createAnonymousIdentifier: (traits: ParsedTraits) => Promise<string>;
}

/** A compiled document of the API, of the storage or of `bootstrap`. */
export interface CompiledDocument {
  readonly environment: Environment;
  /**
   * Recognizes an equal text. It is the SHA-256 of the text if other processes read it. Otherwise it is the text itself
   * if that is short, or a hash of its sections.
   */
  readonly digest: string;
  /** The hash of the text of its identity overrides. Missing if they were not read separately. */
  readonly overridesDigest?: string | undefined;
  /** When the API returned it, in milliseconds since the epoch. 0 for the `bootstrap` document. */
  readonly fetchedAt: number;
}

/** A document that the API has returned to this process. */
export interface ApiDocument extends CompiledDocument {
  /** When its request was sent, on the monotonic clock. */
  readonly sentAt: number;
}

/** Holds the current environment and keeps it current. */
export interface EnvironmentProvider {
  /** The environment in memory, unless a call has to wait for a newer one. */
  current(): Environment | undefined;
  /**
   * The environment in memory, whatever its age. If it is missing or due, starts a load that continues after the
   * caller: with a timer, or with `waitUntil`.
   */
  peek(waitUntil: WaitUntil | undefined): Environment | undefined;
  /** Waits for the first environment until the call's deadline. @throws {@link FlagsmithClientError} */
  ready(call: Call): Promise<Environment>;
  /** Loads the environment again. Resolves to whether it has changed. @throws {@link FlagsmithClientError} */
  update(call: Call, options?: UpdateOptions): Promise<boolean>;
  /** Loads the document as JSON, without using it. @throws {@link FlagsmithClientError} */
  read(call: Call): Promise<unknown>;
  /** The facts about the document that `status()` reports. */
  facts(): DocumentFacts;
  /** Ends all background work. The environment in memory stays. Resolves when it is stored. */
  close(): void | Promise<void>;
}

/** The facts about a document in memory that `status()` reports. */
export interface DocumentFacts {
  readonly environment: Environment | undefined;
  /** Whether a load has been started. */
  readonly hasStarted: boolean;
  /** When the API returned the document, in milliseconds since the epoch. `undefined` if unknown. */
  readonly loadedAt?: number | undefined;
  /** The time since then. */
  readonly ageMs?: number | undefined;
  /** The time until the document counts as stale. */
  readonly staleInMs: number;
  readonly ignoredUpdatedAt?: string | undefined;
  readonly realtime?: ClientStatus["realtime"];
}
