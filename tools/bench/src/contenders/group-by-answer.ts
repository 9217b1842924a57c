import type { WorkloadFlag } from "../workload/workload.ts";

/** The identifiers that a flag singles out, by what they are answered. */
export function groupByAnswer({
  kind,
  identityOverrides,
}: WorkloadFlag): ReadonlyMap<boolean | string, readonly string[]> {
  const groups = new Map<boolean | string, string[]>();
  for (const { identifier, state } of identityOverrides) {
    const answer = kind === "toggle" ? state.enabled : String(state.value);
    const group = groups.get(answer) ?? [];
    group.push(identifier);
    groups.set(answer, group);
  }
  return groups;
}
