// Measures this SDK and its rivals on the same workloads, in one run. See `--help` for the options.
import { USAGE, UsageError } from "./src/command-line.ts";
import { run } from "./src/run.ts";

const args = process.argv.slice(2);

try {
  if (args.includes("--help")) console.log(USAGE);
  else await run(args);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = 1;
}
