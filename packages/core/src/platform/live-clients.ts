import type { Logger } from "./logger.ts";

/** So many open clients with one key are forgotten ones. */
const maxLiveClients = 10;

/** Limits the memory if clients with many keys are forgotten. The clients of further keys are not counted. */
const maxKeys = 1000;

const sharedKey = Symbol.for("flagsmith-isomorphic/live-clients/1");

/** Counts the clients of a process or an isolate that are not closed yet, by environment key. */
export class LiveClients {
  /** Infinite after the warning, so that it is not repeated if the number varies. */
  readonly #counts = new Map<string, number>();

  /** Counts a client. Logs one warning when a key has ten of them. Returns what ends the count. */
  add(key: string, logger: Logger): () => void {
    if (this.#change(key, 1) === maxLiveClients) {
      this.#change(key, Number.POSITIVE_INFINITY);
      logger.warn(
        `${maxLiveClients} Flagsmith clients with one environment key are open: share one, and close() the others. With hot reloading: globalThis.flagsmith ??= new Flagsmith(…).`,
      );
    }
    let isLive = true;
    return () => {
      if (isLive) this.#change(key, -1);
      isLive = false;
    };
  }

  #change(key: string, by: number): number {
    const known = this.#counts.get(key) ?? 0;
    const count = known + by;
    if (count <= 0) this.#counts.delete(key);
    else if (known > 0 || this.#counts.size < maxKeys) this.#counts.set(key, count);
    return count;
  }
}

/** Returns the count of the global object `host`. Global, because hot reloading may evaluate the package again. */
export function shareLiveClients(host: object): LiveClients {
  const shared: { readonly [sharedKey]?: LiveClients } = host;
  const clients = shared[sharedKey] ?? new LiveClients();
  // Has no effect, and does not throw, if the global object is frozen.
  Reflect.set(host, sharedKey, clients);
  return clients;
}
