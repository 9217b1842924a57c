import { AsyncLocalStorage } from "node:async_hooks";
import {
  createBackgroundPlatform,
  createBackgroundTimers,
  createExitTasks,
  createOptionError,
  type Fetch,
  type FetchInit,
  type FetchResponse,
  type Platform,
} from "@flagsmith-isomorphic/core";
import { leaveZone } from "./leave-zone.ts";
import { type RequestDispatcher, refusesHttp1, sendThrough } from "./send-through.ts";

/** The common part of undici dispatchers such as `Agent` and `ProxyAgent`. */
export interface Dispatcher {
  dispatch(options: never, handler: never): boolean;
}

const isBun = "bun" in process.versions;

/** Next.js 14 caches `fetch` by default; opt out. Node's `RequestInit` type has no `cache`. */
const noStore: object = { cache: "no-store" };

const background = createBackgroundPlatform(globalThis);

const leaveContext = AsyncLocalStorage.snapshot();

/** The dispatcher of undici 8. Missing before the first request. */
const globalDispatcher = Symbol.for("undici.globalDispatcher.2");

/** Whether requests use HTTP/1.1: from the first timeout or realtime stream of this process on. */
let avoidsHttp2 = false;

/** The global `fetch` of undici 6 or 7, which uses HTTP/1.1 anyway, and has another global dispatcher. */
let olderFetch: unknown;

/** The error of undici 8 if a `fetch` of undici 6 or 7 uses its dispatcher. */
const olderHandlerMessage = "handler.onRequestStart is not a function";

/** The platform of Node.js 20+ and Bun. */
export const nodePlatform: Platform = {
  ...background,
  fetch: (url, init) => {
    avoidsHttp2 ||= init.keepalive === false;
    const options = { ...init, ...noStore };
    // A dispatcher in `init` is the user's agent, which stays.
    const isAffected = avoidsHttp2 && !("dispatcher" in init) && globalThis.fetch !== olderFetch;
    const http1 = isAffected ? createHttp1Dispatcher() : undefined;
    return leaveZone(() =>
      http1 ? fetchThrough(http1, url, options) : background.fetch(url, options),
    );
  },
  name: isBun ? "bun" : "node",
  timers: createBackgroundTimers<NodeJS.Timeout>(globalThis, (run) =>
    leaveContext(() => leaveZone(run)),
  ),
  onExit: createExitTasks((run) => {
    process.on("beforeExit", run);
    return () => process.off("beforeExit", run);
  }),
  // Thrown by Node's permission model (`--permission`).
  isPermissionError: (error) => Object(error).code === "ERR_ACCESS_DENIED",
  // Bun's fetch ignores a dispatcher, so that requests would silently bypass a proxy.
  ...(!isBun && { throughAgent }),
};

/**
 * Creates the dispatcher of undici 8, such as that of Node.js 26, without HTTP/2: all requests would share a dead
 * connection, which a timeout does not close.
 */
function createHttp1Dispatcher(): Dispatcher | undefined {
  const dispatcher: Dispatcher | undefined = Reflect.get(globalThis, globalDispatcher);
  if (dispatcher === undefined) return undefined;
  const dispatch = (options: object, handler: never) => {
    // The dispatcher may be one of undici 7, which accepts the handlers of all versions.
    if (!("onRequestStart" in handler)) throw new TypeError(olderHandlerMessage);
    return dispatcher.dispatch({ ...options, allowH2: false } as never, handler);
  };
  // Inherits, because `fetch` reads whether a dispatcher is a mock.
  return Object.assign(Object.create(dispatcher), { dispatch });
}

/** Calls the global `fetch` with a dispatcher, if it and the server accept that. */
async function fetchThrough(
  dispatcher: Dispatcher,
  url: string,
  init: FetchInit,
): Promise<FetchResponse> {
  const { fetch } = globalThis;
  const throughDispatcher: object = { dispatcher };
  try {
    return await background.fetch(url, { ...init, ...throughDispatcher });
  } catch (error) {
    if (isMisfit(error)) olderFetch = fetch;
    else if (!refusesHttp1(error)) throw error;
    return background.fetch(url, init);
  }
}

function throughAgent(fetch: Fetch, agent: unknown): Fetch {
  if (!isDispatcher(agent)) {
    throw createOptionError(
      "agent",
      "must be an undici dispatcher, e.g. a ProxyAgent: fetch does not accept an http.Agent",
    );
  }
  // The copy of undici that the agent comes from may be incompatible with that of Node.js.
  if (fetch === nodePlatform.fetch) return (url, init) => sendThrough(agent, url, init);
  // An extension of undici that the standard type does not have.
  const withDispatcher: object = { dispatcher: agent };
  return async (url, init) => {
    try {
      return await fetch(url, { ...init, ...withDispatcher });
    } catch (error) {
      throw isMisfit(error) ? createOptionError("agent", misfitProblem) : error;
    }
  };
}

const misfitProblem =
  "is a dispatcher of an undici version that your fetch does not accept: omit fetch, or use undici 7";

/** Whether a dispatcher refused the handler of Node's own, different version of undici. */
function isMisfit(error: unknown, depth = 0): boolean {
  const { code, message = "", cause }: Partial<NodeJS.ErrnoException> = Object(error);
  const isMatch =
    code === "UND_ERR_INVALID_ARG"
      ? /^invalid on\w+ method/.test(message)
      : /\bhandler\.on\w+ is not a function/.test(message);
  // A chain of causes may be circular.
  return isMatch || (depth < 8 && isMisfit(cause, depth + 1));
}

function isDispatcher(agent: unknown): agent is RequestDispatcher {
  return typeof Object(agent).dispatch === "function";
}
