import { createCommandPart } from "./command-part.ts";
import { runNode } from "./tools.ts";

/** Checks the targets for the structure of core. */
export const run = createCommandPart("npm run house -- --check", () =>
  runNode("tools/house/main.ts", "--check"),
);
