import { FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { OfflineHandler } from "../options/options.ts";
import type { Timers } from "../platform/platform.ts";
import type { Environment, EnvironmentProvider, ReadEnvironment } from "./environment.ts";

/** What {@link createOfflineEnvironment} needs of the client. */
export interface OfflineEnvironmentContext {
  readonly handler: OfflineHandler;
  readonly read: ReadEnvironment;
  readonly timers: Timers;
}

/** Enough to read a file. */
const leastWaitMs = 1000;

/** The environment of the user's offline handler: asked for once, when it is first needed. */
export function createOfflineEnvironment(context: OfflineEnvironmentContext): EnvironmentProvider {
  const { handler, read, timers } = context;
  let current: Environment | undefined;

  async function load(call: Call): Promise<Environment> {
    const environment = read(await documentOf(call), "offline");
    if ("refused" in environment) {
      const place = environment.refused === "" ? "" : ` at ${environment.refused}`;
      throw noEnvironment(`gave no environment document: it has a wrong shape${place}`);
    }
    current = environment;
    return environment;
  }

  async function documentOf(call: Call): Promise<unknown> {
    // Where the API has used up the call's time, this is all that is left to answer.
    const limitMs = Math.max(leastWaitMs, remainingMs(call, timers));
    const onExpiry = () => {
      throw noEnvironment("gave no document in time");
    };
    const limit = { timers, limitMs, signal: call.signal, onExpiry };
    return within<unknown>(limit, async () => {
      try {
        return await handler.getEnvironment();
      } catch (cause) {
        if (cause instanceof FlagsmithClientError) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw noEnvironment(`failed: ${reason}`, cause);
      }
    });
  }

  return {
    current: () => current,
    ready: async (call) => current ?? load(call),
    update: async (call) => {
      await load(call);
    },
    close: () => undefined,
  };
}

function noEnvironment(complaint: string, cause?: unknown): FlagsmithClientError {
  return new FlagsmithClientError("NO_ENVIRONMENT", `The offline handler ${complaint}.`, { cause });
}
