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

/** The offline handler's environment, loaded when it is first needed. */
export class OfflineEnvironment implements EnvironmentProvider {
  readonly #handler: OfflineHandler;
  readonly #compiler: DocumentCompiler;
  readonly #timers: Timers;
  readonly #logger: ClientLogger;
  readonly #status: StatusTracker | undefined;
  readonly #redact: (text: string) => string;
  #environment: Environment | undefined;
  #hasStarted = false;
  /** Whether `peek()` has started a load that has not ended. */
  #isLoading = false;

  /** @param status - reports the state of this environment. Missing if it only replaces another one. */
  constructor(
    client: {
      readonly options: Pick<FlagsmithOptions, "offlineHandler">;
      readonly timers: Timers;
      readonly connection: Pick<Connection, "redact">;
      readonly logger: ClientLogger;
    },
    compiler: DocumentCompiler,
    status?: StatusTracker,
  ) {
    this.#handler = client.options.offlineHandler ?? noDocument;
    this.#compiler = compiler;
    this.#timers = client.timers;
    this.#logger = client.logger;
    this.#status = status;
    this.#redact = (text) => client.connection.redact(text);
  }

  current(): Environment | undefined {
    return this.#environment;
  }

  peek(waitUntil: WaitUntil | undefined): Environment | undefined {
    const canOutlive = this.#timers.after !== undefined || waitUntil !== undefined;
    if (this.#environment === undefined && !this.#isLoading && canOutlive) {
      this.#isLoading = true;
      const call = { signal: undefined, deadlineAt: this.#timers.monotonicNow() + minWaitMs };
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
    const logResult = startStopwatch(this.#logger, this.#timers);
    const environment = this.#compiler.compile(await this.read(call), "offline");
    if ("refused" in environment) {
      throw createHandlerError(`returned an invalid environment document${environment.refused}`);
    }
    const { updatedAt = "no date" } = environment;
    logResult(() => `The offline handler returned a document (${updatedAt})`);
    return environment;
  }

  read(call: Call): Promise<unknown> {
    const limit = {
      timers: this.#timers,
      limitMs: Math.max(minWaitMs, remainingMs(call, this.#timers)),
      signal: call.signal,
      onExpiry: () => {
        throw createHandlerError("did not return a document within the call's deadline");
      },
    };
    return within<unknown>(limit, async () => {
      try {
        return await this.#handler.getEnvironment();
      } catch (cause) {
        if (cause instanceof FlagsmithClientError) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw createHandlerError(`failed: ${this.#redact(reason)}`, this.#copy(cause));
      }
    });
  }

  /** Copies what the handler threw, without the client's secrets. */
  #copy(thrown: unknown): Error {
    const copy = copyError(listCauses(thrown), this.#redact);
    if (thrown instanceof Error && thrown.stack) copy.stack = this.#redact(thrown.stack);
    return copy;
  }
}

function createHandlerError(problem: string, cause?: unknown): FlagsmithClientError {
  return new FlagsmithClientError("NO_ENVIRONMENT", `The offline handler ${problem}.`, { cause });
}
