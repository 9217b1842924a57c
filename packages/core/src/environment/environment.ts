import { getMember } from "../api/schema.ts";
import { compileEnvironmentDocument, type EnvironmentDocument } from "../engine/index.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import type { FlagReader } from "../flags/flags.ts";
import type { Call } from "../http/call.ts";
import type { Logger } from "../platform/logger.ts";
import { type EnvironmentSnapshot, Snapshot } from "./snapshot.ts";

/** A compiled environment document. */
export interface Environment {
  readonly snapshot: EnvironmentSnapshot;
  /** The environment's own key, which the realtime stream is named after. */
  readonly key: string;
  /** When Flagsmith last changed the document, in ISO 8601. `undefined` if the document has no date. */
  readonly updatedAt: string | undefined;
  /** Whether the project publishes realtime changes. `true` if the document does not say. */
  readonly isRealtime: boolean;
  /** `local` is a document from the API. */
  readonly source: FlagSource;
}

/** Holds the current environment and keeps it current. */
export interface EnvironmentProvider {
  /** The environment in memory. */
  current(): Environment | undefined;
  /** Waits for the first environment until the call's deadline. @throws {@link FlagsmithClientError} */
  ready(call: Call): Promise<Environment>;
  /** Loads the environment again. @throws {@link FlagsmithClientError} */
  update(call: Call): Promise<void>;
  /** Ends all background work. The environment in memory stays. */
  close(): void;
}

/** A document with more problems than this is not repaired by reading log messages. */
const maxLoggedProblems = 1000;

/** Compiles environment documents and logs each problem once. */
export class DocumentCompiler {
  readonly #logger: Logger;
  readonly #getDefault: FlagReader["getDefault"];
  readonly #logged = new Set<string>();

  constructor(logger: Logger, getDefault: FlagReader["getDefault"]) {
    this.#logger = logger;
    this.#getDefault = getDefault;
  }

  /** Returns the environment, or the path of the member that makes the document unusable. */
  compile(document: unknown, source: FlagSource): Environment | { readonly refused: string } {
    const outcome = compileEnvironmentDocument(document as EnvironmentDocument);
    if (outcome.refused !== undefined) return { refused: outcome.refused };
    for (const { message } of outcome.problems) this.#warnOnce(message);
    const compiled = outcome.value;
    const updatedAt = readUpdatedAt(document);
    return {
      snapshot: new Snapshot({ compiled, updatedAt, source, getDefault: this.#getDefault }),
      key: compiled.environment.key,
      updatedAt,
      isRealtime: getMember(getMember(document, "project"), "enable_realtime_updates") !== false,
      source,
    };
  }

  #warnOnce(message: string): void {
    if (this.#logged.has(message) || this.#logged.size >= maxLoggedProblems) return;
    this.#logged.add(message);
    this.#logger.warn(message);
  }
}

/** Reads when Flagsmith last changed a document. */
export function readUpdatedAt(document: unknown): string | undefined {
  const updatedAt = getMember(document, "updated_at");
  return typeof updatedAt === "string" ? updatedAt : undefined;
}
