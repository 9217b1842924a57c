// Asks this SDK and Flagsmith's Node.js client the same questions, like npm test -- compatibility.
// With --write, updates the tables of docs/migration.md first.

import { checkCompatibility } from "./src/check-compatibility.ts";
import { writeDocumentation } from "./src/documentation.ts";

if (process.argv.includes("--write")) writeDocumentation();
for (const { name, failure, skipped } of await checkCompatibility()) {
  if (failure !== undefined) process.exitCode = 1;
  console.log(`${name}: ${failure ?? (skipped === undefined ? "ok" : `skipped, ${skipped}`)}`);
}
