// Tests everything, or the parts named on the command line: npm test -- --help

import { main } from "./runner/src/main.ts";
import { packing, parts } from "./runner/src/parts.ts";
import { runtimeIds } from "./runtimes/index.ts";

await main(process.argv.slice(2), { parts, packing, runtimes: runtimeIds });
