import {
  createBackgroundPlatform,
  createBackgroundTimers,
  createExitTasks,
  type Platform,
  type TimerHost,
} from "@flagsmith-isomorphic/core";

/** The part of Deno that is used here; declared, so that nobody needs Deno's types to compile this. */
declare const Deno: {
  unrefTimer(id: number): void;
};

/** Deno 2 and later. */
export const denoPlatform: Platform = {
  ...createBackgroundPlatform(globalThis),
  name: "deno",
  timers: createBackgroundTimers(timerHost()),
  onExit: createExitTasks(listenForExit),
  isPermissionError,
};

/** Deno waits for what a listener begins only where it prevents the end. */
function listenForExit(run: () => void): () => void {
  const onBeforeUnload = (event: Event) => {
    event.preventDefault();
    run();
  };
  globalThis.addEventListener("beforeunload", onBeforeUnload);
  return () => globalThis.removeEventListener("beforeunload", onBeforeUnload);
}

interface DenoTimer {
  readonly id: number | { unref(): unknown };
  unref(): unknown;
}

/** Deno gives timers as objects to npm packages; before 2.8 it gave numbers to all other code, bundles included. */
function timerHost(): TimerHost<DenoTimer> {
  return {
    setTimeout: (task, ms) => {
      const id = globalThis.setTimeout(task, ms) as DenoTimer["id"];
      return { id, unref: () => (typeof id === "number" ? Deno.unrefTimer(id) : id.unref()) };
    },
    clearTimeout: ({ id }) => globalThis.clearTimeout(id as number),
  };
}

/** Deno refuses with `NotCapable`, which names the flag to run with; the system, with `PermissionDenied`. */
function isPermissionError(error: unknown): boolean {
  return error instanceof Error && ["NotCapable", "PermissionDenied"].includes(error.name);
}
