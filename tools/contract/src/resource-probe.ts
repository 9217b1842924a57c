import { expect } from "chai";
import { countTimers } from "./timer-count.ts";

/** Resource usage that a runtime exposes to programs. Timers are counted on every runtime and are not part of it. */
export interface ResourceProbe {
  /** Bytes of heap in use after a garbage collection. Absent if the runtime does not expose them. */
  readonly heapBytes?: () => Promise<number>;
  /** Numbers of other resources, by name. */
  readonly counts?: () => Readonly<Record<string, number>>;
}

/** A task that must not leave resources behind, however often it runs. */
interface RepeatedTask {
  readonly once: (count: number) => Promise<unknown>;
  /** Number of runs before the first measurement: objects that are created once and kept are no leak. */
  readonly warmUps: number;
  /** Number of runs between the first and the last measurement. */
  readonly times: number;
  /** Waits until all work has stopped. Called before each measurement. */
  readonly settle?: () => Promise<unknown>;
}

/** Heap growth without a leak, for example from compiled code. Measured: at most two thirds of this. */
const toleranceBytes = 1_000_000;

/** Runtimes keep some timers and sockets for pooled connections. A leak in a task adds hundreds. */
const toleranceCount = 40;

/** Repeats a task. @throws AssertionError if resources have grown by more than the tolerance. */
export async function expectNoLeak(
  { heapBytes, counts = () => ({}) }: ResourceProbe,
  { once, warmUps, times, settle }: RepeatedTask,
): Promise<void> {
  await countTimers(async (timers) => {
    let done = 0;
    const repeat = async (end: number) => {
      for (; done < end; done++) await once(done);
    };
    const measure = async () => {
      await settle?.();
      return { heap: await heapBytes?.(), all: counts() };
    };
    await repeat(warmUps);
    const first = await measure();
    await repeat(warmUps + times);
    const last = await measure();
    for (const [name, count] of Object.entries(last.all)) {
      expect(count, name).to.be.at.most((first.all[name] ?? 0) + toleranceCount);
    }
    // Timers of the warm-up must be gone as well. A maximum of 0 would mean that nothing was counted.
    expect(timers.count(), "timers").to.be.at.most(toleranceCount);
    expect(timers.max()).to.be.above(0);
    if (first.heap === undefined || last.heap === undefined) return;
    expect(last.heap - first.heap, "bytes of heap").to.be.below(toleranceBytes);
  });
}

/** Creates a function that measures the heap after garbage collections. */
export function createHeapReader(
  collectGarbage: () => void,
  usedBytes: () => number,
): () => Promise<number> {
  return async () => {
    // Finalizers run between collections and release more objects.
    for (let count = 0; count < 3; count++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return usedBytes();
  };
}
