/** The one listener of a signal, and the tasks that it calls. */
interface Listener {
  readonly tasks: Set<() => void>;
  readonly run: () => void;
}

const listeners = new WeakMap<AbortSignal, Listener>();

/**
 * Calls `task` when the signal aborts. Returns a function that cancels this.
 *
 * All tasks of a signal share one listener, because Node.js 20 warns of a leak if there are more than ten.
 */
export function onAbort(signal: AbortSignal | null | undefined, task: () => void): () => void {
  if (!signal) return () => {};
  let listener = listeners.get(signal);
  if (listener === undefined) {
    const tasks = new Set<() => void>();
    const run = () => {
      for (const each of tasks) each();
    };
    listener = { tasks, run };
    listeners.set(signal, listener);
    // Node.js 20 and 22 keep a signal of `AbortSignal.any()` in memory while it has a listener, also after the abort.
    signal.addEventListener("abort", run, { once: true });
  }
  const { tasks, run } = listener;
  tasks.add(task);
  return () => {
    if (!tasks.delete(task) || tasks.size > 0) return;
    signal.removeEventListener("abort", run);
    listeners.delete(signal);
  };
}

/** Resolves to the result of `work`. If the signal aborts first, calls `task` and rejects with the signal's reason. */
export function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  task?: () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      reject(signal?.reason);
      task?.();
    };
    work.finally(onAbort(signal, stop)).then(resolve, reject);
  });
}
