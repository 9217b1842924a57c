import { getMember } from "../api/schema.ts";
import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type Problem,
} from "../engine/index.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import type { FlagDefaults } from "../flags/flags.ts";
import type { Call } from "../http/call.ts";
import type { CallOptions } from "../options/call-options.ts";
import type { Logger } from "../platform/logger.ts";
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

/** Options of `updateEnvironment()`. */
export interface UpdateOptions extends CallOptions {
  /**
   * Whether to use the document of the API even if it is older than the one in use, for example after a
   * backup was restored. Otherwise this takes at least five minutes and three intervals.
   * @defaultValue `false`
   */
  readonly acceptOlder?: boolean | undefined;
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
  /** Ends all background work. The environment in memory stays. Resolves when it is stored. */
  close(): void | Promise<void>;
}

/** A document with more problems than this is not repaired by reading log messages. */
const maxLoggedProblems = 1000;

/** Compiles environment documents and logs each problem once. */
export class DocumentCompiler {
  readonly #logger: Logger;
  readonly #defaults: FlagDefaults;
  readonly #keepsRules: boolean;
  readonly #logged = new Set<string>();

  /** @param keepsRules - whether versions are compared, which needs the rules of their segments. */
  constructor(logger: Logger, defaults: FlagDefaults, keepsRules = false) {
    this.#logger = logger;
    this.#defaults = defaults;
    this.#keepsRules = keepsRules;
  }

  /** Returns the environment, or the path of the member that makes the document unusable. */
  compile(document: unknown, source: FlagSource): Environment | { readonly refused: string } {
    const outcome = compileEnvironmentDocument(document as EnvironmentDocument, {
      keepsRules: this.#keepsRules,
      onProblem: (problem) => this.#warnOnce(problem),
    });
    if (outcome.refused !== undefined) return { refused: outcome.refused };
    for (const problem of outcome.problems) this.#warnOnce(problem);
    const compiled = outcome.value;
    const updatedAt = readUpdatedAt(document);
    const defaults = this.#defaults;
    return {
      compiled,
      key: compiled.environment.key,
      id: getMember(document, "id"),
      updatedAt,
      isRealtime: getMember(getMember(document, "project"), "enable_realtime_updates") !== false,
      source,
      snapshot: new Snapshot({ compiled, updatedAt, source, defaults }),
    };
  }

  #warnOnce({ message }: Problem): void {
    if (this.#logged.has(message) || this.#logged.size >= maxLoggedProblems) return;
    this.#logged.add(message);
    this.#logger.warn(message);
  }
}

/** Reads when Flagsmith last changed a document. */
function readUpdatedAt(document: unknown): string | undefined {
  const updatedAt = getMember(document, "updated_at");
  return typeof updatedAt === "string" ? updatedAt : undefined;
}
