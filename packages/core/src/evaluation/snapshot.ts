import type { CompiledEnvironment } from "../engine.ts";
import type { Environment } from "../environment/environment.ts";
import type { FlagSource, Flags } from "../flags/flags.ts";
import { type Identity, parseIdentity } from "../identity/identity.ts";
import type { Traits } from "../identity/traits.ts";
import { evaluatedFlags } from "./evaluated-flags.ts";
import type { EnvironmentSnapshot, Segment } from "./flag-evaluator.ts";

/** The segments of an identity, as callers see them. */
export function segmentsOf(compiled: CompiledEnvironment, identity: Identity): Segment[] {
  return compiled
    .evaluate(identity)
    .segments()
    .map(({ id, name }) => ({ id, name }));
}

/** Pins one version of the environment. */
export function createSnapshot(
  { compiled, updatedAt }: Environment,
  onMissing: FlagSource["onMissing"],
): EnvironmentSnapshot {
  return {
    updatedAt,
    environmentFlags: (): Flags => evaluatedFlags(compiled.evaluateWithoutSegments(), onMissing),
    identityFlags: (identifier: string, traits?: Traits): Flags =>
      evaluatedFlags(compiled.evaluate(parseIdentity({ identifier, traits })), onMissing),
    identitySegments: (identifier: string, traits?: Traits): Segment[] =>
      segmentsOf(compiled, parseIdentity({ identifier, traits })),
  };
}
