import type { CompiledEnvironment } from "../engine.ts";
import type { Environment } from "../environment/environment.ts";
import type { FlagSource, Flags } from "../flags/flags.ts";
import { parseIdentifier } from "../identity/identity.ts";
import { parseTraits, type Traits } from "../identity/traits.ts";
import { evaluatedFlags } from "./evaluated-flags.ts";
import type { EnvironmentSnapshot, Segment } from "./flag-evaluator.ts";

/** One version of the environment, pinned. */
export class Snapshot implements EnvironmentSnapshot {
  readonly updatedAt: string | undefined;
  readonly #compiled: CompiledEnvironment;
  readonly #about: Pick<FlagSource, "onMissing" | "origin">;

  constructor({ compiled, updatedAt, origin }: Environment, onMissing: FlagSource["onMissing"]) {
    this.updatedAt = updatedAt;
    this.#compiled = compiled;
    this.#about = { onMissing, origin };
  }

  /** Without segments, as the API's own environment flags. */
  environmentFlags(): Flags {
    return evaluatedFlags(this.#compiled.evaluateWithoutSegments(), this.#about);
  }

  identityFlags(identifier: string, traits?: Traits): Flags {
    return evaluatedFlags(this.#evaluate(identifier, traits), this.#about);
  }

  identitySegments(identifier: string, traits?: Traits): Segment[] {
    return this.#evaluate(identifier, traits)
      .segments()
      .map(({ id, name }) => ({ id, name }));
  }

  #evaluate(identifier: string, traits: Traits | undefined) {
    return this.#compiled.evaluate({
      identifier: parseIdentifier(identifier),
      traits: parseTraits(traits),
    });
  }
}
