import { compileState, type FeatureState, type StateInput } from "./feature-state.ts";
import {
  findIdentityState,
  type IdentityInput,
  type IdentityOverrides,
  overrideReason,
} from "./identity-overrides.ts";

/** Limits the search for an equal state, so that it takes time linear in the overrides. */
const maxSharedStates = 8;

/** The compiled identity overrides of an environment. */
export interface IdentityIndex {
  readonly byIdentifier: ReadonlyMap<string | null, IdentityOverrides>;
  /** The names of the features that an identity overrides. */
  readonly featureNames: ReadonlySet<string>;
}

/** Builds an {@link IdentityIndex}. */
export class IdentityIndexBuilder {
  readonly #environmentKey: string;
  readonly #index = new Map<string, IdentityOverrides>();
  /** States by feature. Identities share them, because there can be thousands of equal ones. */
  readonly #states = new Map<string, FeatureState[]>();

  constructor(environmentKey: string) {
    this.#environmentKey = environmentKey;
  }

  /** Adds the overrides of an identity. The first of several for one feature and identifier counts. */
  add({ identifier, states }: IdentityInput): void {
    const index = this.#index;
    for (const state of states) {
      const known = index.get(identifier);
      if (!known) index.set(identifier, this.#compile(state));
      else if (!findIdentityState(known, state.name)) {
        const own = known instanceof Map ? known : new Map([[known.flag.name, known]]);
        index.set(identifier, own.set(state.name, this.#compile(state)));
      }
    }
  }

  finish(): IdentityIndex {
    return { byIdentifier: this.#index, featureNames: new Set(this.#states.keys()) };
  }

  #compile(input: StateInput): FeatureState {
    const known = this.#states.get(input.name) ?? [];
    for (const state of known) if (isEqualState(state, input)) return state;
    // A parsed document has the name once for each state.
    const name = known[0]?.flag.name ?? input.name;
    const state = compileState({ ...input, name }, overrideReason, this.#environmentKey);
    this.#states.set(input.name, known);
    if (known.length < maxSharedStates) known.push(state);
    return state;
  }
}

/** Compiles the overrides of all identities, by precedence. */
export function indexIdentities(
  identities: readonly IdentityInput[],
  environmentKey: string,
): IdentityIndex {
  const builder = new IdentityIndexBuilder(environmentKey);
  for (const identity of identities) builder.add(identity);
  return builder.finish();
}

function isEqualState({ flag, split, isMalformed }: FeatureState, input: StateInput): boolean {
  return (
    flag.enabled === input.enabled &&
    flag.value === input.value &&
    isMalformed === input.isMalformed &&
    !split &&
    input.variants.length === 0
  );
}
