/** The timers that were made and have neither fired nor been cleared, whether they keep a process alive or not. */
export interface OutstandingTimers {
  readonly count: () => number;
  /** How many there have been at once. */
  readonly most: () => number;
}

type Task = (...given: readonly unknown[]) => void;

/** Counts the timers that are made while `run` is under way: every runtime and adapter has them from the globals. */
export async function countingTimers(
  run: (timers: OutstandingTimers) => Promise<void>,
): Promise<void> {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  const open = new Set<unknown>();
  let most = 0;
  const opened = <Id>(id: Id): Id => {
    open.add(id);
    most = Math.max(most, open.size);
    return id;
  };
  // One clears what the other has set, too.
  const closing = (clear: (id: never) => void) => (id: unknown) => {
    open.delete(id);
    clear(id as never);
  };
  Object.assign(globalThis, {
    setTimeout: (task: Task, ms?: number, ...given: readonly unknown[]) => {
      const fire = () => {
        open.delete(id);
        task(...given);
      };
      const id: unknown = opened(setTimeout(fire, ms));
      return id;
    },
    setInterval: (task: Task, ms?: number, ...given: readonly unknown[]) =>
      opened(setInterval(task, ms, ...given)),
    clearTimeout: closing(clearTimeout),
    clearInterval: closing(clearInterval),
  });
  try {
    await run({ count: () => open.size, most: () => most });
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
  }
}
