import { createCommandPart } from "./command-part.ts";
import { runNode } from "./tools.ts";

/** Runs the demo. */
export const run = createCommandPart("npm run demo", () => runNode("tools/demo/demo.ts"));
