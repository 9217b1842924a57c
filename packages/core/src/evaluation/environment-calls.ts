import type { EnvironmentDocument } from "../engine/index.ts";
import type { EnvironmentProvider } from "../environment/environment.ts";
import { createRemoteModeError } from "../errors.ts";
import {
  type CallOptions,
  parseCallOptions,
  type ReadyOptions,
  type UpdateOptions,
} from "../options/call-options.ts";
import type { Logger } from "../platform/logger.ts";
import type { Scope } from "./scope.ts";

/** The calls about the environment document, which are the same in every mode. */
export class EnvironmentCalls {
  readonly #scope: Scope;
  readonly #environment: EnvironmentProvider | undefined;
  readonly #logger: Logger;

  /** @param environment - missing in remote mode. */
  constructor(scope: Scope, environment: EnvironmentProvider | undefined, logger: Logger) {
    this.#scope = scope;
    this.#environment = environment;
    this.#logger = logger;
  }

  /** Waits until there is a document. */
  async ready(options: ReadyOptions | undefined): Promise<void> {
    const checked = this.#parse("ready", options, "timeoutSeconds", "fresh");
    checked?.signal?.throwIfAborted();
    const { fresh } = checked ?? {};
    if (!fresh && this.#environment?.current()) return;
    const call = this.#scope.begin(checked);
    await this.#environment?.ready({ ...call, waitsFor: fresh ? "api" : "document" });
  }

  /** Loads the document now. Resolves to whether it has changed. */
  async update(options: UpdateOptions | undefined): Promise<boolean> {
    const checked = this.#parse("updateEnvironment", options, "acceptOlder");
    const call = this.#scope.begin(checked);
    return (await this.#environment?.update(call, checked)) ?? false;
  }

  /** Loads the document as JSON. */
  async read(options: CallOptions | undefined): Promise<EnvironmentDocument> {
    const call = this.#scope.begin(parseCallOptions(options));
    if (!this.#environment) throw createRemoteModeError();
    return (await this.#environment.read(call)) as EnvironmentDocument;
  }

  async close(): Promise<void> {
    await this.#environment?.close();
  }

  /** Logs wrong options, because a listener passes the arguments of its event, and awaits nothing. */
  #parse<T extends CallOptions>(
    method: string,
    options: T | undefined,
    ...names: readonly (keyof T & string)[]
  ): T | undefined {
    try {
      return parseCallOptions(options, ...names);
    } catch (error) {
      this.#logger.error(`${method}() did nothing: ${(error as Error).message}`);
      throw error;
    }
  }
}

/**
 * Keeps a promise that a caller, such as a timer, does not await from ending the process. Failed loads from the API are
 * logged. In offline mode, the calls that need flags report a failure.
 */
export function allowUnawaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
