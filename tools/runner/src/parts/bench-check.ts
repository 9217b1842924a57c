import { createCommandPart } from "./command-part.ts";
import { runNode } from "./tools.ts";

/** Checks that all clients in the benchmark evaluate the same flags. */
export const run = createCommandPart("npm run bench -- --check", () =>
  runNode("tools/bench/main.ts", "--check"),
);
