import type { WireDocument, WireFeatureState } from "@flagsmith-isomorphic/testing";
import { labelOf } from "../subjects.ts";

/** A version that no client may ever see: it is only in documents that are broken elsewhere. */
export const poison = -1;

/** As many as make a document that weighs something: one that is kept too long shows in the heap. */
const counts = { features: 40, segments: 20, overrides: 100 };

/**
 * One version of the document. It is told in the environment, in a segment, in an identity override and
 * in whether a feature is on: an answer from two versions is noticed.
 */
export function documentOf(version: number): WireDocument {
  const others = numbers(counts.features).map((id) =>
    state(100 + id, `other_${id}`, { value: `${id} of ${version}, ${"and so on ".repeat(10)}` }),
  );
  return {
    id: 1,
    api_key: "soak-client-key",
    project: {
      segments: [segment(version), ...numbers(counts.segments).map(otherSegment)],
    },
    feature_states: [
      state(1, "version", { value: version }),
      state(2, "label", { value: labelOf("anybody", version) }),
      state(3, "is_even", { value: null, enabled: version % 2 === 0 }),
      ...others,
    ],
    identity_overrides: ["vip", ...numbers(counts.overrides).map((id) => `identity-${id}`)].map(
      (identifier) => ({
        identifier,
        identity_features: [state(2, "label", { value: labelOf(identifier, version) })],
      }),
    ),
  };
}

function segment(version: number): WireDocument["project"]["segments"][number] {
  const conditions = [{ operator: "EQUAL", property_: "plan", value: "gold" }];
  const label = state(2, "label", { value: labelOf("gold", version) });
  return {
    id: 1,
    name: "gold",
    rules: [{ type: "ALL", rules: [{ type: "ANY", conditions }] }],
    feature_states: [{ ...label, feature_segment: { priority: 0 } }],
  };
}

/** Nobody is in it. */
function otherSegment(id: number): WireDocument["project"]["segments"][number] {
  const conditions = [
    { operator: "REGEX", property_: "email", value: `^[a-z]+${id}@example\\.com$` },
  ];
  return { id: 100 + id, name: `other ${id}`, rules: [{ type: "ALL", conditions }] };
}

function state(
  id: number,
  name: string,
  { value, enabled = true }: { readonly value: string | number | null; readonly enabled?: boolean },
): WireFeatureState {
  return { feature: { id, name }, enabled, feature_state_value: value };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
