import type { Timers } from "@flagsmith-isomorphic/core";

interface Entry {
  readonly at: number;
  readonly order: number;
  /** Missing once it is cancelled. */
  task: (() => void) | undefined;
}

/** A clock for many clients. Time passes only in {@link advance}, in steps of a millisecond. */
export class VirtualClock implements Required<Omit<Timers, "detach">> {
  #nowMs = 0;
  #count = 0;
  /** A binary heap, ordered by time, then by creation. */
  readonly #heap: Entry[] = [];

  readonly now = (): number => Date.UTC(2026, 0, 1) + this.#nowMs;
  readonly monotonicNow = (): number => this.#nowMs;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.start(ms, () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
      signal?.addEventListener("abort", stop, { once: true });
    });

  readonly after = (ms: number, task: () => void): (() => void) => this.start(ms, task);

  readonly start = (ms: number, task: () => void): (() => void) => {
    const entry: Entry = { at: this.#nowMs + Math.ceil(ms), order: this.#count++, task };
    this.#push(entry);
    return () => {
      entry.task = undefined;
    };
  };

  /** Lets time pass. The work of each millisecond ends before the next one begins. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    await settle();
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#nowMs = Math.max(this.#nowMs, next.at);
      if (this.#runDue()) await settle();
    }
    this.#nowMs = end;
  }

  /** Returns whether anything was due. */
  #runDue(): boolean {
    let hasRun = false;
    for (let next = this.#heap[0]; next && next.at <= this.#nowMs; next = this.#heap[0]) {
      this.#pop();
      hasRun ||= next.task !== undefined;
      next.task?.();
    }
    return hasRun;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [first, second] = [heap[left], heap[left + 1]];
      if (first === undefined) break;
      const isSecond = second !== undefined && isBefore(second, first);
      const child = isSecond ? second : first;
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = isSecond ? left + 1 : left;
    }
    heap[index] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Waits until all promises are settled that do not wait for the clock. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
