import { refuse } from "./refusal.ts";

/**
 * The work that one evaluation has done in regular expressions, JSONPaths and other searches, in steps. A step takes
 * some ten nanoseconds.
 */
export interface Work {
  steps: number;
}

/** The steps that one evaluation may take: about 50 ms. A typical pattern takes one step per character. */
export const maxSteps = 5_000_000;

/** Counts steps. Refuses to continue an evaluation that has taken too many. */
export function spend(work: Work, steps: number): void {
  work.steps += steps;
  if (work.steps > maxSteps) refuse(`its conditions need more than ${maxSteps} steps`);
}
