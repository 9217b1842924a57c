import type { Platform } from "./platform.ts";

/** Calls `run` when the process has nothing more to do, until what it returns is called. */
export type ListenForExit = (run: () => void) => () => void;

/** The `onExit` of a platform, with one listener however many clients there are, and none where no task waits. */
export function createExitTasks(listen: ListenForExit): NonNullable<Platform["onExit"]> {
  const tasks = new Set<() => void>();
  let stopListening: (() => void) | undefined;

  function endIfIdle(): void {
    if (tasks.size > 0) return;
    stopListening?.();
    stopListening = undefined;
  }

  function run(): void {
    const due = [...tasks];
    tasks.clear();
    endIfIdle();
    for (const task of due) task();
  }

  return (task) => {
    // Two registrations of one function are two tasks.
    const registered = () => task();
    tasks.add(registered);
    stopListening ??= listen(run);
    return () => {
      tasks.delete(registered);
      endIfIdle();
    };
  };
}
