import {
  createBackgroundPlatform,
  createBackgroundTimers,
  createExitTasks,
  type Detach,
  type LiveClients,
  type Platform,
  type TimerHost,
} from "@flagsmith-isomorphic/core";

/** Declared here, so that compiling this package does not require Deno's types. */
declare const Deno: {
  unrefTimer(id: number): void;
  /** Creates a pool of connections. */
  createHttpClient?(options: object): ConnectionPool;
};

interface ConnectionPool {
  close(): void;
}

/** The `process` of Deno. Its modules need no import, which a bundler would have to know. */
declare const process: {
  getBuiltinModule?(name: "node:async_hooks"): { AsyncLocalStorage: { snapshot(): Detach } };
};

const background = createBackgroundPlatform(globalThis);

/** Missing before the first timeout, without open clients, and in versions of Deno without pools. */
let pool: ConnectionPool | undefined;

/** The number of clients that are not closed. No list, because forgotten clients are never closed. */
let openClients = 0;

/** The platform of Deno 2. */
export const denoPlatform: Platform = {
  ...background,
  fetch: (url, init) => {
    if (init.keepalive === false) replacePool();
    return background.fetch(url, pool ? { ...init, ...{ client: pool } } : init);
  },
  name: "deno",
  timers: createBackgroundTimers(
    createTimerHost(),
    // Without this function, background work keeps the context of its caller.
    process.getBuiltinModule?.("node:async_hooks").AsyncLocalStorage.snapshot(),
  ),
  onExit: createExitTasks(listenForExit),
  liveClients: { add: addClient },
  // Deno throws `NotCapable` for a missing permission, the operating system `PermissionDenied`.
  isPermissionError: (error) =>
    error instanceof Error && ["NotCapable", "PermissionDenied"].includes(error.name),
};

/**
 * Replaces the connections for all requests, because Deno ignores `keepalive`. A timeout does not close a dead HTTP/2
 * connection.
 */
function replacePool(): void {
  closePool();
  pool = Deno.createHttpClient?.({});
}

/** Requests in flight go on. */
function closePool(): void {
  pool?.close();
  pool = undefined;
}

/** Closes the pool with the last client, because `Deno.test` can report a pool that is left. */
function addClient(...args: Parameters<LiveClients["add"]>): () => void {
  const release = background.liveClients?.add(...args);
  let isOpen = true;
  openClients++;
  return () => {
    release?.();
    if (isOpen) openClients--;
    isOpen = false;
    if (openClients === 0) closePool();
  };
}

/** Deno waits for the work of a listener only if the listener prevents the event's default. */
function listenForExit(run: () => void): () => void {
  const onBeforeUnload = (event: Event) => {
    event.preventDefault();
    run();
  };
  // Missing on Node.js, where this adapter only sends reports at its pace and when a client is closed.
  globalThis.addEventListener?.("beforeunload", onBeforeUnload);
  return () => globalThis.removeEventListener?.("beforeunload", onBeforeUnload);
}

interface DenoTimer {
  clear(): void;
  unref(): unknown;
}

/**
 * Wraps both kinds of timers: npm packages get objects, and before Deno 2.8 other code, bundles included, gets
 * numbers.
 */
function createTimerHost(): TimerHost<DenoTimer> {
  // Deno loads the timers of npm packages at their first use. It runs microtasks then, which must not interrupt a call.
  clearTimeout(setTimeout(() => undefined));
  return {
    setTimeout: (task, ms) => {
      // Kept, because fake timers, which a test may start meanwhile, cannot clear a real one.
      const { clearTimeout } = globalThis;
      const id = globalThis.setTimeout(task, ms) as number | { unref(): unknown };
      return {
        clear: () => clearTimeout(id as number),
        unref: () => (typeof id === "number" ? Deno.unrefTimer(id) : id.unref()),
      };
    },
    clearTimeout: (timer) => timer.clear(),
  };
}
