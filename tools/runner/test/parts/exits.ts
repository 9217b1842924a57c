import type { RunPart } from "../../src/part.ts";

/** Ends its process with success, but before its end. */
export const run: RunPart = () => process.exit(0);
