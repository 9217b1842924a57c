import type { EnvironmentDocument } from "flagsmith-isomorphic";
import { listParts } from "./document-parts.ts";

type State = EnvironmentDocument["feature_states"][number];
type Value = string | number | boolean | null;

/** The type of a feature, inferred from all values that it can have. */
export interface FlagType {
  readonly feature: string;
  readonly kind: "toggle" | "integer" | "float" | "string" | "object" | "array";
  /** The value of the environment: `enabled` for a toggle. */
  readonly defaultValue: unknown;
  /** The values of a feature with variants, if all of them are texts. */
  readonly choices: readonly string[] | undefined;
}

/** Infers the types of all features, from the values of the environment, of variants and of overrides. */
export function inferFlagTypes(document: EnvironmentDocument): readonly FlagType[] {
  const values = new Map<string, Set<Value>>();
  const add = (state: State) => {
    const known = values.get(state.feature.name) ?? new Set();
    values.set(state.feature.name, known);
    known.add(state.feature_state_value ?? null);
    for (const variant of state.multivariate_feature_state_values ?? []) {
      known.add(variant.multivariate_feature_option.value ?? null);
    }
  };
  const { features, segments, identities } = listParts(document);
  features.forEach(add);
  for (const { feature_states: states } of segments) states.forEach(add);
  for (const { identity_features: states } of identities) states.forEach(add);
  // The engine uses the last of several states of one feature.
  const last = new Map(features.map((state) => [state.feature.name, state]));
  return Array.from(last.values(), (state) => {
    const all = [...(values.get(state.feature.name) ?? [])].filter((value) => value !== null);
    const hasVariants = (state.multivariate_feature_state_values ?? []).length > 0;
    return { feature: state.feature.name, ...inferType(state, all, hasVariants) };
  });
}

function inferType(
  { enabled, feature_state_value: own = null }: State,
  values: readonly Exclude<Value, null>[],
  hasVariants: boolean,
): Omit<FlagType, "feature"> {
  const unlimited = { choices: undefined };
  const [first] = values;
  if (first === undefined) return { kind: "toggle", defaultValue: enabled, ...unlimited };
  // A blank text is neither a number nor JSON: the flag then has its default.
  const filled = values.filter((value) => String(value).trim() !== "");
  const usual = own !== null && filled.includes(own) ? own : filled[0];
  if (usual !== undefined && filled.every(isNumeric)) {
    const kind = filled.every((value) => Number.isInteger(Number(value))) ? "integer" : "float";
    return { kind, defaultValue: Number(usual), ...unlimited };
  }
  for (const kind of ["object", "array"] as const) {
    if (usual === undefined || !filled.every((value) => findJsonKind(value) === kind)) continue;
    return { kind, defaultValue: JSON.parse(String(usual)), ...unlimited };
  }
  if (values.every((value) => typeof value === "boolean")) {
    return { kind: "string", defaultValue: String(own ?? first), choices: ["true", "false"] };
  }
  const texts = values.map(String);
  const defaultValue = own === null ? "" : String(own);
  const choices = hasVariants ? [...new Set([defaultValue, ...texts])] : undefined;
  return { kind: "string", defaultValue, choices };
}

/** Whether a value is a number, also as a decimal text. Not if it would be rounded: it is the text of an id. */
export function isNumeric(value: Value): boolean {
  const isNumber = typeof value === "number" || /^-?(0|[1-9]\d*)(\.\d+)?$/.test(String(value));
  return isNumber && Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER;
}

function findJsonKind(value: Value): "object" | "array" | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return undefined;
  try {
    return Array.isArray(JSON.parse(value)) ? "array" : "object";
  } catch {
    return undefined;
  }
}
