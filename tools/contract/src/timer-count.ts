/** Timers that were created and have neither fired nor been cleared, whether or not they keep the process alive. */
interface TimerCount {
  readonly count: () => number;
  /** Highest number of timers at one time. */
  readonly max: () => number;
}

type TimerCallback = (...args: readonly unknown[]) => void;

/** Counts the timers that are created while `run` is pending. Adapters read the timer functions from the globals. */
export async function countTimers(run: (timers: TimerCount) => Promise<void>): Promise<void> {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  const open = new Set<unknown>();
  let max = 0;
  const add = <Id>(id: Id): Id => {
    open.add(id);
    max = Math.max(max, open.size);
    return id;
  };
  // `clearTimeout` and `clearInterval` clear each other's timers.
  const removeAnd = (clear: (id: never) => void) => (id: unknown) => {
    open.delete(id);
    clear(id as never);
  };
  Object.assign(globalThis, {
    setTimeout: (callback: TimerCallback, ms?: number, ...args: readonly unknown[]) => {
      const fire = () => {
        open.delete(id);
        callback(...args);
      };
      const id: unknown = add(setTimeout(fire, ms));
      return id;
    },
    setInterval: (callback: TimerCallback, ms?: number, ...args: readonly unknown[]) =>
      add(setInterval(callback, ms, ...args)),
    clearTimeout: removeAnd(clearTimeout),
    clearInterval: removeAnd(clearInterval),
  });
  try {
    await run({ count: () => open.size, max: () => max });
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
  }
}
