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
  const { tasks, run } = listeners.get(signal) ?? listen(signal);
  tasks.add(task);
  return () => {
    if (!tasks.delete(task) || tasks.size > 0) return;
    signal.removeEventListener("abort", run);
    listeners.delete(signal);
  };
}

function listen(signal: AbortSignal): Listener {
  const tasks = new Set<() => void>();
  const run = () => {
    for (const task of tasks) task();
  };
  signal.addEventListener("abort", run, { once: true });
  const listener = { tasks, run };
  listeners.set(signal, listener);
  return listener;
}
