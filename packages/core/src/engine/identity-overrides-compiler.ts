import { readIdentityOverrides } from "./compile-environment-document.ts";
import { IdentityIndexBuilder, indexIdentities } from "./identity-index.ts";
import { type IdentityInput, rankIdentities } from "./identity-overrides.ts";
import { readInput, readParts } from "./reader.ts";
import type { Problem } from "./result.ts";
import type { CompiledOverrides } from "./tables.ts";

/**
 * Compiles the identity overrides of an environment document in parts, so that other code can run in between: a document
 * can have 200,000 of them.
 */
export class IdentityOverridesCompiler {
  readonly #environmentKey: string;
  readonly #builder: IdentityIndexBuilder;
  readonly #identities: IdentityInput[] = [];
  readonly #identifiers = new Set<string>();
  readonly #problems: Problem[] = [];

  constructor(environmentKey: string) {
    this.#environmentKey = environmentKey;
    this.#builder = new IdentityIndexBuilder(environmentKey);
  }

  /** Adds some entries of `identity_overrides`. */
  add(records: readonly unknown[]): void {
    const { value = [], problems = [] } = readInput({ records }, (input) =>
      readParts(input, "records", readIdentityOverrides),
    );
    for (const identity of value) {
      this.#identities.push(identity);
      this.#identifiers.add(identity.identifier);
      this.#builder.add(identity);
    }
    for (const problem of problems) this.#problems.push(problem);
  }

  finish(): CompiledOverrides {
    const isUnique = this.#identifiers.size === this.#identities.length;
    const index = isUnique
      ? this.#builder.finish()
      : // The precedence of repeated entries depends on all others.
        indexIdentities(rankIdentities(this.#identities), this.#environmentKey);
    return { index, problems: this.#problems };
  }
}
