/** Waits some milliseconds; rejects with the signal's reason when it aborts first. */
export type Delay = (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;

/**
 * Every runtime has `AbortSignal.timeout`, so no timer has to be looked for. On Node it does not
 * keep the process alive.
 */
export const timeoutDelay: Delay = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timeout = AbortSignal.timeout(milliseconds);
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    timeout.addEventListener("abort", onTimeout, { once: true });
    function onTimeout(): void {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }
  });
