import type { RunPart } from "../../src/part.ts";

/** Waits for a promise that nothing settles, in a process with nothing else to do. */
export const run: RunPart = () => new Promise(() => undefined);
