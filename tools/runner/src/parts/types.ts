import { createCommandPart } from "./command-part.ts";
import { runScript } from "./tools.ts";

/** Checks the types of every package and tool. */
export const run = createCommandPart("npm run typecheck", () => runScript("typecheck"));
