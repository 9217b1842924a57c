import fc from "fast-check";

/** Multiplies the number of inputs of each property. */
const factor = Number(process.env["FUZZ_FACTOR"] ?? 1);

/** One seed is fixed, the other is drawn, or set by `FUZZ_SEED`. */
const fixedSeed = 20_261_128;
const drawnSeed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** The limit of a test that calls {@link fuzz}, in milliseconds. */
export const fuzzTimeoutMs = 600_000 * Math.max(1, factor);

/**
 * Checks a property with two seeds, and prints the drawn one.
 *
 * @param inputCount - the inputs with each seed, before `FUZZ_FACTOR`.
 */
export async function fuzz<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => void | Promise<void>,
  inputCount = 500,
): Promise<void> {
  const numRuns = Math.ceil(inputCount * factor);
  console.log(`${name}: FUZZ_SEED=${drawnSeed}, ${numRuns} inputs`);
  for (const seed of [fixedSeed, drawnSeed]) {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (value) => check(value)),
      { seed, numRuns },
    );
  }
}
