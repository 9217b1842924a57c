import type { Evaluation } from "../../src/engine/index.ts";

/** In milliseconds. For tests that need longer than the default on a busy machine. */
export const timeout = 600_000;

/** Evaluates all flags and segments. */
export function listAll(evaluation: Evaluation) {
  return { flags: evaluation.flags(), segments: evaluation.segments() };
}
