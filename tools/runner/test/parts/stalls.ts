import type { RunPart } from "../../src/part.ts";

/** Waits for a promise that never settles, without timers or handles. */
export const run: RunPart = () => new Promise(() => undefined);
