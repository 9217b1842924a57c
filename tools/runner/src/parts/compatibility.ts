import { createCommandPart } from "./command-part.ts";
import { runNode } from "./tools.ts";

/** Compares this SDK with Flagsmith's Node.js client. */
export const run = createCommandPart("node tools/compatibility/main.ts", () =>
  runNode("tools/compatibility/main.ts"),
);
