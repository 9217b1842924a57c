import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
} from "../engine.ts";
import type { FlagOrigin } from "../flags/flag-evaluation.ts";
import type { Logger } from "../ports/logger.ts";

/** Where an environment came from; `local` is the API. */
export type EnvironmentOrigin = Extract<FlagOrigin, "local" | "storage" | "offline">;

/** One version of the environment, ready to be asked. */
export interface Environment {
  readonly compiled: CompiledEnvironment;
  /** When Flagsmith last changed it, in ISO 8601, where the document says. */
  readonly updatedAt: string | undefined;
  /** Whether Flagsmith tells of its changes, as far as the document says. */
  readonly isRealtime: boolean;
  readonly origin: EnvironmentOrigin;
}

/** Compiles documents, and logs each problem once; the path of what is wrong where one is refused. */
export type ReadEnvironment = (
  document: unknown,
  origin: EnvironmentOrigin,
) => Environment | { readonly refused: string };

/** More problems than a document has that somebody looks after. */
const maxLoggedProblems = 1000;

/** Makes the function that turns a document into an environment. */
export function createReadEnvironment(logger: Logger): ReadEnvironment {
  const logged = new Set<string>();
  return (document, origin) => {
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
      origin,
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
