import { FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import { copyError, listCauses } from "../http/redaction.ts";
import type { FlagsmithOptions, OfflineHandler } from "../options/options.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { Timers, WaitUntil } from "../platform/platform.ts";
import { startStopwatch } from "../platform/stopwatch.ts";
import type {
  DocumentCompiler,
  DocumentFacts,
  Environment,
  EnvironmentProvider,
} from "./environment.ts";
import type { StatusTracker } from "./status.ts";

/** The handler of offline mode without an `offlineHandler`. Every flag is then a default flag. */
const noDocument: OfflineHandler = {
  getEnvironment: () => {
    const message = "Offline mode without an offlineHandler has no environment document.";
    throw new FlagsmithClientError("NO_ENVIRONMENT", message);
  },
};

/** The handler has this long, even if the API has used up the call's deadline: enough to read a file. */
const minWaitMs = 1000;

interface OfflineClient {
  readonly options: Pick<FlagsmithOptions, "offlineHandler">;
  readonly timers: Timers;
  readonly connection: Pick<Connection, "redact">;
  readonly logger: ClientLogger;
}

/** The offline handler's environment, loaded when it is first needed. */
export class OfflineEnvironment implements EnvironmentProvider {
  readonly #client: OfflineClient;
  readonly #compiler: DocumentCompiler;
  readonly #status: StatusTracker | undefined;
  #environment: Environment | undefined;
  #hasStarted = false;
  /** Whether `peek()` has started a load that has not ended. */
  #isLoading = false;

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
    const { timers } = this.#client;
    const canOutlive = timers.after !== undefined || waitUntil !== undefined;
    if (!this.#environment && !this.#isLoading && canOutlive) {
      this.#isLoading = true;
      const call = { signal: undefined, deadlineAt: timers.monotonicNow() + minWaitMs };
      const ended = () => {
        this.#isLoading = false;
      };
      const loading = this.#load(call).then(ended, ended);
      waitUntil?.(loading);
    }
    return this.#environment;
  }

  facts(): DocumentFacts {
    return {
      environment: this.#environment,
      hasStarted: this.#hasStarted,
      staleInMs: Number.POSITIVE_INFINITY,
    };
  }

  async ready(call: Call): Promise<Environment> {
    return this.#environment ?? this.#load(call);
  }

  async update(call: Call): Promise<boolean> {
    await this.#load(call);
    return true;
  }

  close(): void {}

  async #load(call: Call): Promise<Environment> {
    this.#hasStarted = true;
    this.#status?.check();
    try {
      this.#environment = await this.#loadOnce(call);
    } catch (error) {
      if (error instanceof FlagsmithClientError) this.#status?.failed(error);
      throw error;
    }
    this.#status?.succeeded();
    return this.#environment;
  }

  async #loadOnce(call: Call): Promise<Environment> {
    const logResult = startStopwatch(this.#client.logger, this.#client.timers);
    const environment = this.#compiler.compile(await this.read(call), "offline");
    if ("refused" in environment) {
      throw createHandlerError(`returned an invalid environment document${environment.refused}`);
    }
    const { updatedAt = "no date" } = environment;
    logResult(() => `The offline handler returned a document (${updatedAt})`);
    return environment;
  }

  read(call: Call): Promise<unknown> {
    const { options, timers } = this.#client;
    const limit = {
      timers,
      limitMs: Math.max(minWaitMs, remainingMs(call, timers)),
      signal: call.signal,
      onExpiry: () => {
        throw createHandlerError("did not return a document within the call's deadline");
      },
    };
    return within<unknown>(limit, async () => {
      try {
        return await (options.offlineHandler ?? noDocument).getEnvironment();
      } catch (error) {
        throw this.#convertError(error);
      }
    });
  }

  /** Removes the client's secrets from what the handler threw. */
  #convertError(thrown: unknown): FlagsmithClientError {
    if (thrown instanceof FlagsmithClientError) return thrown;
    const redact = (text: string) => this.#client.connection.redact(text);
    const cause = copyError(listCauses(thrown), redact);
    if (thrown instanceof Error && thrown.stack) cause.stack = redact(thrown.stack);
    return createHandlerError(`failed: ${cause.message}`, cause);
  }
}

function createHandlerError(problem: string, cause?: unknown): FlagsmithClientError {
  return new FlagsmithClientError("NO_ENVIRONMENT", `The offline handler ${problem}.`, { cause });
}
