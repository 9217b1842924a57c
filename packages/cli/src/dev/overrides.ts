import type { WireDocument } from "@flagsmith-isomorphic/testing";
import { createUsageError } from "../exit-code.ts";

/** The value of a flag. */
export type OverrideValue = string | number | boolean | null;

/** Members of a flag that replace those of the document. */
export interface Override {
  readonly enabled?: boolean | undefined;
  readonly value?: OverrideValue | undefined;
}

/** A feature of the environment, as the page shows it. */
interface OverriddenFeature {
  readonly feature: string;
  readonly enabled: boolean;
  readonly value: OverrideValue;
  readonly override: Override | null;
  /** By identifier. */
  readonly identities: Readonly<Record<string, Override>>;
}

type State = WireDocument["feature_states"][number];

/** The overrides of a developer, for everyone or for one identity. */
export class Overrides {
  readonly #forAll = new Map<string, Override>();
  readonly #forIdentities = new Map<string, Map<string, Override>>();

  /** Adds to the override of a feature. */
  set(feature: string, override: Override, identifier?: string): void {
    if (identifier === undefined) {
      this.#forAll.set(feature, { ...this.#forAll.get(feature), ...override });
      return;
    }
    const known = this.#forIdentities.get(identifier) ?? new Map<string, Override>();
    this.#forIdentities.set(identifier, known);
    known.set(feature, { ...known.get(feature), ...override });
  }

  /** Removes the override of a feature for one identity, or all of them. */
  delete(feature: string, identifier?: string): void {
    if (identifier !== undefined) {
      this.#forIdentities.get(identifier)?.delete(feature);
      return;
    }
    this.#forAll.delete(feature);
    for (const features of this.#forIdentities.values()) features.delete(feature);
  }

  /** Returns a document with the overrides. They win over segments, variants and identity overrides. */
  apply(document: WireDocument): WireDocument {
    const isOverridden = ({ feature }: State) => this.#forAll.has(feature.name);
    const withoutOverridden = (states: readonly State[] | null | undefined) =>
      (states ?? []).filter((state) => !isOverridden(state));
    const states = document.feature_states.map((state) =>
      override(state, this.#forAll.get(state.feature.name)),
    );
    const segments = document.project.segments.map((segment) => ({
      ...segment,
      feature_states: withoutOverridden(segment.feature_states),
    }));
    // An identity may have several entries.
    const identities = (document.identity_overrides ?? []).map((identity) => ({
      ...identity,
      identity_features: withoutOverridden(identity.identity_features),
    }));
    for (const [identifier, features] of this.#forIdentities) {
      const entries = identities.filter((identity) => identity.identifier === identifier);
      const replaced = entries.flatMap(({ identity_features }) => identity_features);
      const added = states.flatMap((state) => {
        const change = features.get(state.feature.name);
        const base = replaced.find(({ feature }) => feature.name === state.feature.name) ?? state;
        return change === undefined ? [] : [override(base, change)];
      });
      for (const entry of entries) {
        entry.identity_features = entry.identity_features.filter(
          ({ feature }) => !features.has(feature.name),
        );
      }
      const [first] = entries;
      if (first === undefined) identities.push({ identifier, identity_features: added });
      else first.identity_features.push(...added);
    }
    return {
      ...document,
      feature_states: states,
      project: { ...document.project, segments },
      identity_overrides: identities,
    };
  }

  /** Lists the features of a document with their overrides. */
  list(document: WireDocument): readonly OverriddenFeature[] {
    return this.apply(document).feature_states.map(
      ({ feature: { name }, enabled, feature_state_value: value = null }) => {
        const entries = Array.from(this.#forIdentities, ([identifier, features]) => {
          const change = features.get(name);
          return change === undefined ? [] : [[identifier, change] as const];
        });
        return {
          feature: name,
          enabled,
          value,
          override: this.#forAll.get(name) ?? null,
          identities: Object.fromEntries(entries.flat()),
        };
      },
    );
  }
}

function override(state: State, change: Override | undefined): State {
  if (change === undefined) return state;
  const { enabled = state.enabled, value } = change;
  if (value === undefined) return { ...state, enabled };
  return {
    ...state,
    enabled,
    feature_state_value: value,
    // Variants would replace the value.
    multivariate_feature_state_values: [],
  };
}

/** Parses the value of an override as the dashboard does: it stores integers of 32 bits, and other numbers as text. */
export function parseOverrideValue(text: string): OverrideValue {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return /^-?(0|[1-9]\d*)$/.test(text) && number === (number | 0) ? number : text;
}

/** Parses `feature=on`, `feature=off` or `feature=value`. @throws CommandError for another form */
export function parseOverride(text: string): readonly [string, Override] {
  const separator = text.indexOf("=");
  if (separator < 1) throw createUsageError("--set must have the form feature=value.");
  const value = text.slice(separator + 1);
  const change =
    value === "on" || value === "off"
      ? { enabled: value === "on" }
      : { enabled: true, value: parseOverrideValue(value) };
  return [text.slice(0, separator), change];
}
