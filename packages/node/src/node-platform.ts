import {
  createBackgroundPlatform,
  createBackgroundTimers,
  createExitTasks,
  type Fetch,
  invalidOption,
  type Platform,
} from "@flagsmith-isomorphic/core";

/** What an undici dispatcher (`Agent`, `ProxyAgent`, …) is known by. */
export interface Dispatcher {
  dispatch(options: never, handler: never): boolean;
}

const isBun = "bun" in process.versions;

/** Next.js answers by what it was once answered, unless it is told not to. Node's own types know no cache. */
const uncached: object = { cache: "no-store" };

const background = createBackgroundPlatform(globalThis);

/** Node.js 20 and later, and Bun. */
export const nodePlatform: Platform = {
  ...background,
  fetch: (url, init) => background.fetch(url, { ...init, ...uncached }),
  name: isBun ? "bun" : "node",
  timers: createBackgroundTimers<NodeJS.Timeout>(globalThis),
  onExit: createExitTasks((run) => {
    process.on("beforeExit", run);
    return () => process.off("beforeExit", run);
  }),
  isPermissionError,
  // Bun's fetch ignores a dispatcher: it would go past the proxy in silence.
  ...(!isBun && { throughAgent }),
};

function throughAgent(fetch: Fetch, agent: unknown): Fetch {
  if (!isDispatcher(agent)) {
    const kind = "an undici dispatcher, e.g. a ProxyAgent; an http.Agent does not work with fetch";
    throw invalidOption("agent", `must be ${kind}`);
  }
  // Undici's own member of init, which the standard type does not know.
  const viaAgent: object = { dispatcher: agent };
  return (url, init) => fetch(url, { ...init, ...viaAgent });
}

function isDispatcher(agent: unknown): agent is Dispatcher {
  return (
    typeof agent === "object" &&
    agent !== null &&
    "dispatch" in agent &&
    typeof agent.dispatch === "function"
  );
}

/** Node's permission model (`--permission`) refuses a connection with this code. */
function isPermissionError(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED";
}
