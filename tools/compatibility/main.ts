// Asks this SDK and Flagsmith's Node.js client the same questions: npm test -- compatibility
// With --write, updates the tables of docs/migration.md.

import { compareClients } from "./src/compare-clients.ts";
import { checkDocumentation } from "./src/documentation.ts";
import { checkSnippets } from "./src/snippets.ts";

const write = process.argv.includes("--write");
const isDocumented = checkDocumentation({ write });
if (!isDocumented) {
  console.log(
    "The tables of docs/migration.md are not those of tools/compatibility/src/differences.ts: run " +
      "node tools/compatibility/main.ts --write",
  );
}
const areSnippetsRight = await checkSnippets();
process.exitCode = (await compareClients()) && isDocumented && areSnippetsRight ? 0 : 1;
