import { expect } from "chai";
import { countingTimers } from "./outstanding-timers.ts";

/** What a runtime lets a program see of what it leaves behind, besides timers: those are counted everywhere. */
export interface Residue {
  /** Bytes in use once garbage was collected; absent where a program is not told. */
  readonly heapBytes?: () => Promise<number>;
  /** How much there is of other things, by their names. */
  readonly counts?: () => Readonly<Record<string, number>>;
}

/** Something that is done again and again, and is to leave nothing behind. */
export interface Repeated {
  readonly once: (count: number) => Promise<unknown>;
  /** How many times it is done before the first look: what is made once and kept is no leak. */
  readonly warmUps: number;
  /** How many times it is done from there to the last look. */
  readonly times: number;
  /** Brings it to rest before each look. */
  readonly settle?: () => Promise<unknown>;
}

/** What machine code and the like add to a heap in which nothing is left behind: two thirds of it, at most. */
const toleranceBytes = 1_000_000;

/** A runtime has timers and sockets of its own, for the connections that it keeps: what leaks, leaks by hundreds. */
const toleranceCount = 40;

/** Does it, and fails where there is then more than there was. */
export async function expectNoResidue(
  { heapBytes, counts = () => ({}) }: Residue,
  { once, warmUps, times, settle }: Repeated,
): Promise<void> {
  await countingTimers(async (timers) => {
    let done = 0;
    const repeat = async (end: number) => {
      for (; done < end; done++) await once(done);
    };
    const look = async () => {
      await settle?.();
      return { heap: await heapBytes?.(), all: counts() };
    };
    await repeat(warmUps);
    const first = await look();
    await repeat(warmUps + times);
    const last = await look();
    for (const [name, count] of Object.entries(last.all)) {
      expect(count, name).to.be.at.most((first.all[name] ?? 0) + toleranceCount);
    }
    // Those of the warm-up are none that may stay. And a count that never sees one would prove nothing.
    expect(timers.count(), "timers").to.be.at.most(toleranceCount);
    expect(timers.most()).to.be.above(0);
    if (first.heap === undefined || last.heap === undefined) return;
    expect(last.heap - first.heap, "bytes of heap").to.be.below(toleranceBytes);
  });
}

/** The size of a heap without its garbage. */
export function heapOnceCollected(
  collectGarbage: () => void,
  usedBytes: () => number,
): () => Promise<number> {
  return async () => {
    // What one leaves, finalizers among it, the next takes.
    for (let count = 0; count < 3; count++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return usedBytes();
  };
}
