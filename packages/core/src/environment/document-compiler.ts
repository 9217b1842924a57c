import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type Problem,
} from "../engine/index.ts";
import type { CompiledOverrides } from "../engine/tables.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import type { FlagDefaults } from "../flags/flag-reader.ts";
import { createAnonymousIdentifier } from "../identity/anonymous-identifier.ts";
import type { IdentityParser } from "../identity/identity.ts";
import { getMember } from "../platform/json.ts";
import { createWarnOnce, type Logger } from "../platform/logger.ts";
import type { Environment } from "./environment.ts";
import { Snapshot } from "./snapshot.ts";

interface CompilerClient {
  readonly logger: Logger;
  readonly defaults: FlagDefaults;
  readonly identities: IdentityParser;
}

/** Compiles environment documents and logs each problem once. Rules that have not changed are not compiled again. */
export class DocumentCompiler {
  readonly #client: CompilerClient;
  readonly #warnOnce: (message: string) => void;
  #last: CompiledEnvironment | undefined;

  constructor(client: CompilerClient) {
    this.#client = client;
    this.#warnOnce = createWarnOnce(client.logger);
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
    const warn = ({ message }: Problem) => this.#warnOnce(message);
    const outcome = compileEnvironmentDocument(
      document as EnvironmentDocument,
      warn,
      overrides?.index,
      this.#last,
    );
    if (outcome.refused !== undefined)
      return { refused: outcome.refused && ` at ${outcome.refused}` };
    outcome.problems.forEach(warn);
    overrides?.problems.forEach(warn);
    const compiled = outcome.value;
    // The object of an offline handler may have values that JSON lacks, so that equal texts do not mean equal rules.
    if (source !== "offline") this.#last = compiled;
    const date = getMember(document, "updated_at");
    const updatedAt = typeof date === "string" ? date : undefined;
    const { defaults, identities } = this.#client;
    const project = getMember(document, "project");
    const ids = getMember(project, "server_key_only_feature_ids");
    const serverOnlyIds = new Set<unknown>(Array.isArray(ids) ? ids : []);
    return {
      compiled,
      key: compiled.tables.environment.key,
      id: getMember(document, "id"),
      updatedAt,
      isRealtime: getMember(project, "enable_realtime_updates") !== false,
      source,
      createAnonymousIdentifier,
      snapshot: new Snapshot({ compiled, updatedAt, source, defaults, identities, serverOnlyIds }),
    };
  }
}
