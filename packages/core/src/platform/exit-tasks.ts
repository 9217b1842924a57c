import type { Platform } from "./platform.ts";

/** Calls `run` when the process has nothing more to do. Returns a function that stops listening. */
export type ListenForExit = (run: () => void) => () => void;

/** Creates the `onExit` of a platform. All clients share one listener, which is removed when no task is pending. */
export function createExitTasks(listen: ListenForExit): NonNullable<Platform["onExit"]> {
  const tasks = new Set<() => void>();
  let stopListening: (() => void) | undefined;

  function stopIfIdle(): void {
    if (tasks.size > 0) return;
    stopListening?.();
    stopListening = undefined;
  }

  function run(): void {
    const due = [...tasks];
    tasks.clear();
    stopIfIdle();
    for (const task of due) task();
  }

  return (task) => {
    // The same function may be registered twice.
    const registered = () => task();
    tasks.add(registered);
    stopListening ??= listen(run);
    return () => {
      tasks.delete(registered);
      stopIfIdle();
    };
  };
}
