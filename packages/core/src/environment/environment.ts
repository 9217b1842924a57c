import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
} from "../engine/index.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import type { Call } from "../http/call.ts";
import type { Logger } from "../platform/logger.ts";

/** Where an environment came from; `local` is the API. */
export type EnvironmentSource = Extract<FlagSource, "local" | "storage" | "offline">;

/** One version of the environment, ready to be asked. */
export interface Environment {
  readonly compiled: CompiledEnvironment;
  /** When Flagsmith last changed it, in ISO 8601, where the document says. */
  readonly updatedAt: string | undefined;
  /** Whether Flagsmith tells of its changes, as far as the document says. */
  readonly isRealtime: boolean;
  readonly source: EnvironmentSource;
}

/** Compiles documents, and logs each problem once; the path of what is wrong where one is refused. */
export type ReadEnvironment = (
  document: unknown,
  source: EnvironmentSource,
) => Environment | { readonly refused: string };

/** More problems than a document has that somebody looks after. */
const maxLoggedProblems = 1000;

/** Makes the function that turns a document into an environment. */
export function createReadEnvironment(logger: Logger): ReadEnvironment {
  const logged = new Set<string>();
  return (document, source) => {
    const outcome = compileEnvironmentDocument(document as EnvironmentDocument);
    if (outcome.refused !== undefined) return { refused: outcome.refused };
    for (const { path, message } of outcome.problems) {
      const line = `The environment document cannot be evaluated at ${path}: ${message}. It never matches.`;
      if (logged.has(line) || logged.size >= maxLoggedProblems) continue;
      logged.add(line);
      logger.warn(line);
    }
    return {
      compiled: outcome.value,
      updatedAt: updatedAtOf(document),
      isRealtime: memberOf(memberOf(document, "project"), "enable_realtime_updates") !== false,
      source,
    };
  };
}

/** When Flagsmith last changed a document, where it says. */
export function updatedAtOf(document: unknown): string | undefined {
  const updatedAt = memberOf(document, "updated_at");
  return typeof updatedAt === "string" ? updatedAt : undefined;
}

function memberOf(input: unknown, name: string): unknown {
  return Reflect.get(Object(input), name);
}

/** Holds the environment that questions are answered from, and sees that it is there. */
export interface EnvironmentProvider {
  /** The environment, if one is at hand. */
  readonly current: () => Environment | undefined;
  /** The environment once it is there; waits no longer than the call. @throws {@link FlagsmithClientError} */
  readonly ready: (call: Call) => Promise<Environment>;
  /** Loads it anew. @throws {@link FlagsmithClientError} */
  readonly update: (call: Call) => Promise<void>;
  /** Ends all background work; what is at hand stays. */
  readonly close: () => void;
}
