import { getMember } from "../api/schema.ts";
import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
} from "../engine/index.ts";
import type { CompiledOverrides } from "../engine/tables.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import type { FlagDefaults } from "../flags/flag-reader.ts";
import type { Call } from "../http/call.ts";
import type { IdentityParser } from "../identity/identity.ts";
import type { UpdateOptions } from "../options/call-options.ts";
import type { ClientStatus } from "../options/options.ts";
import { createWarnOnce, type Logger } from "../platform/logger.ts";
import type { WaitUntil } from "../platform/platform.ts";
import { type EnvironmentSnapshot, Snapshot } from "./snapshot.ts";

/** A compiled environment document. */
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

/** Compiles environment documents and logs each problem once. */
export class DocumentCompiler {
  readonly #defaults: FlagDefaults;
  readonly #identities: IdentityParser;
  readonly #warnOnce: (message: string) => void;

  constructor(client: {
    readonly logger: Logger;
    readonly defaults: FlagDefaults;
    readonly identities: IdentityParser;
  }) {
    this.#warnOnce = createWarnOnce(client.logger);
    this.#defaults = client.defaults;
    this.#identities = client.identities;
  }

  /**
   * Returns the environment, or the place of the member that makes the document unusable, such as " at api_key".
   *
   * @param overrides - replace those of the document, if they are compiled already.
   */
  compile(
    document: unknown,
    source: FlagSource,
    overrides?: CompiledOverrides,
  ): Environment | { readonly refused: string } {
    const outcome = compileEnvironmentDocument(
      document as EnvironmentDocument,
      ({ message }) => this.#warnOnce(message),
      overrides?.index,
    );
    if (outcome.refused !== undefined)
      return { refused: outcome.refused && ` at ${outcome.refused}` };
    for (const { message } of [...outcome.problems, ...(overrides?.problems ?? [])]) {
      this.#warnOnce(message);
    }
    const compiled = outcome.value;
    const date = getMember(document, "updated_at");
    const updatedAt = typeof date === "string" ? date : undefined;
    const [defaults, identities] = [this.#defaults, this.#identities];
    const project = getMember(document, "project");
    const ids = getMember(project, "server_key_only_feature_ids");
    const serverOnlyIds = new Set<unknown>(Array.isArray(ids) ? ids : []);
    return {
      compiled,
      key: compiled.environment.key,
      id: getMember(document, "id"),
      updatedAt,
      isRealtime: getMember(project, "enable_realtime_updates") !== false,
      source,
      snapshot: new Snapshot({ compiled, updatedAt, source, defaults, identities, serverOnlyIds }),
    };
  }
}
