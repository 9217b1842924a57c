import { createCommandPart } from "./command-part.ts";
import { runScript } from "./tools.ts";

/** Runs Biome and the import rules. */
export const run = createCommandPart("npm run lint", () => runScript("lint"));
