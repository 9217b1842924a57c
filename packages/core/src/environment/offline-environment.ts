import { FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import { copyError, listCauses } from "../http/redaction.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { isError } from "../platform/is-error.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { Timers, WaitUntil } from "../platform/platform.ts";
import { startTimedLog } from "../platform/timed-log.ts";
import type { DocumentCompiler } from "./document-compiler.ts";
import type { DocumentFacts, Environment, EnvironmentProvider } from "./environment.ts";
import type { StatusTracker } from "./status.ts";

/** The handler has this long, even if the API has used up the call's deadline: enough to read a file. */
const minWaitMs = 1000;

interface OfflineClient {
  readonly options: Pick<ParsedOptions, "offlineHandler" | "requestDeadlineMs">;
  readonly timers: Timers;
  readonly sharesPromises: boolean;
  readonly connection: Pick<Connection, "redact">;
  readonly logger: ClientLogger;
}

/** The offline handler's environment, loaded when it is first needed. */
export class OfflineEnvironment implements EnvironmentProvider {
  readonly #client: OfflineClient;
  readonly #compiler: DocumentCompiler;
  readonly #status: StatusTracker | undefined;
  #environment: Environment | undefined;
  /** When the load of `#environment` was started. */
  #loadedAt = 0;
  /** The load in flight that other calls join if promises are shared. */
  #loading: Promise<Environment> | undefined;

  /** @param status - reports the state of this environment. Missing if it only replaces another one. */
  constructor(client: OfflineClient, compiler: DocumentCompiler, status?: StatusTracker) {
    this.#client = client;
    this.#compiler = compiler;
    this.#status = status;
  }

  current(): Environment | undefined {
    return this.#environment;
  }

  peek(waitUntil: WaitUntil | undefined): Environment | undefined {
    const canOutlive = this.#client.timers.after || waitUntil;
    if (!this.#environment && !this.#loading && canOutlive) {
      const loading = this.#start();
      waitUntil?.(loading);
    }
    return this.#environment;
  }

  facts(): DocumentFacts {
    return {
      environment: this.#environment,
      hasStarted: !!this.#loading,
      staleInMs: Number.POSITIVE_INFINITY,
    };
  }

  async ready(call: Call): Promise<Environment> {
    if (this.#environment) return this.#environment;
    const loading = (this.#client.sharesPromises && this.#loading) || this.#start(call);
    return this.#within(call, () => loading);
  }

  async update(call: Call): Promise<boolean> {
    await this.#within(call, () => this.#start(call));
    return true;
  }

  read(call: Call): Promise<unknown> {
    return this.#within<unknown>(call, async () => {
      const { offlineHandler } = this.#client.options;
      // In offline mode, every flag is then a default flag.
      if (!offlineHandler) throw createHandlerError("is not set (offlineHandler)");
      try {
        return await offlineHandler.getEnvironment();
      } catch (error) {
        throw this.#convertError(error);
      }
    });
  }

  close(): void {}

  /** Starts a load. Neither the signal nor the deadline of the call ends it, because others may join it. */
  #start(call?: Call): Promise<Environment> {
    const loading = this.#load(call?.deadlineAt);
    this.#loading = loading;
    const end = () => {
      // A later load may be in flight.
      if (this.#loading === loading) this.#loading = undefined;
    };
    // Calls that wait for it receive its error.
    loading.then(end, end);
    this.#status?.check();
    return loading;
  }

  async #load(minDeadlineAt = 0): Promise<Environment> {
    const { options, timers, logger } = this.#client;
    const logResult = startTimedLog(logger, timers);
    const startedAt = timers.monotonicNow();
    try {
      const limitAt = startedAt + options.requestDeadlineMs;
      const call = { signal: undefined, deadlineAt: Math.max(limitAt, minDeadlineAt) };
      const environment = this.#compiler.compile(await this.read(call), "offline");
      if ("refused" in environment) {
        throw createHandlerError(`returned an invalid environment document${environment.refused}`);
      }
      logResult(
        () => `The offline handler returned a document (${environment.updatedAt ?? "no date"})`,
      );
      // A load that was started later may have ended before.
      if (startedAt >= this.#loadedAt) {
        this.#loadedAt = startedAt;
        this.#environment = environment;
      }
      this.#status?.succeeded();
      return environment;
    } catch (error) {
      const failure = this.#convertError(error);
      this.#status?.failed(failure);
      throw failure;
    }
  }

  #within<T>(call: Call, work: () => Promise<T>): Promise<T> {
    const { timers } = this.#client;
    const limit = {
      timers,
      limitMs: Math.max(minWaitMs, remainingMs(call, timers)),
      signal: call.signal,
      onExpiry: () => {
        throw createHandlerError("did not return a document in time");
      },
    };
    return within(limit, work);
  }

  /** Removes the client's secrets from what the handler threw. */
  #convertError(thrown: unknown): FlagsmithClientError {
    try {
      if (thrown instanceof FlagsmithClientError) return thrown;
      const { redact } = this.#client.connection;
      const cause = copyError(listCauses(thrown), redact);
      if (isError(thrown) && thrown.stack) cause.stack = redact(thrown.stack);
      return createHandlerError(`failed: ${cause.message.replace(/\.$/, "")}`, cause);
    } catch {
      // A member of the error throws when it is read.
      return this.#convertError("an unreadable error");
    }
  }
}

function createHandlerError(problem: string, cause?: unknown): FlagsmithClientError {
  return new FlagsmithClientError("NO_ENVIRONMENT", `The offline handler ${problem}.`, { cause });
}
