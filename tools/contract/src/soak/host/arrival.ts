import { setTimeout as wait } from "node:timers/promises";

/** Whose clients are waited for, and for what. */
export interface Arrival {
  readonly clients: readonly string[];
  /** The newest version that each has answered with so far. */
  readonly newest: () => Readonly<Record<string, number>>;
  readonly last: number;
}

/** Generous: what has nothing else to do hears of the last change in a few seconds. */
export const arrivalLimitMs = 20_000;

/** Waits until all clients know the last version; the ones that do not when time is up. */
export async function untilArrived({ clients, newest, last }: Arrival): Promise<string[]> {
  const missing = () => clients.filter((client) => newest()[client] !== last);
  const until = Date.now() + arrivalLimitMs;
  while (missing().length > 0 && Date.now() < until) await wait(50);
  return missing().map((client) => `${client}: ${newest()[client]} of ${last}`);
}
