import fc from "fast-check";

/** The runs of one test with each seed. `FUZZ_RUNS=100000` searches longer. */
const runs = Number(process.env["FUZZ_RUNS"] ?? 0);

/** One seed is fixed, the other is drawn, or set by `FUZZ_SEED`. */
const drawnSeed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Checks a property with two seeds, and prints the drawn one. */
export async function fuzz<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => void | Promise<void>,
  defaultRuns = 500,
): Promise<void> {
  console.log(`${name}: FUZZ_SEED=${drawnSeed}`);
  for (const seed of [20_261_128, drawnSeed]) {
    const numRuns = runs || defaultRuns;
    await fc.assert(
      fc.asyncProperty(arbitrary, async (value) => check(value)),
      { seed, numRuns },
    );
  }
}
