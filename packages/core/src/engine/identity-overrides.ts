import type { SegmentContext } from "./context.ts";
import { compare } from "./order.ts";
import { isJson, type Json } from "./reader.ts";
import type { FlagValue } from "./result.ts";

/** What one identity is served instead of the environment's and the segments' states. */
export interface IdentityRecord<State = OverridingState> {
  readonly identifier: string;
  readonly states: readonly State[];
}

/** What makes one record equal another. */
interface OverridingState {
  readonly name: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  readonly metadata?: Json | null | undefined;
}

/** Names the override of an identity in reasons, apart from every segment: nobody is listed in it. */
export const overrideSegment = "identity_overrides";

/** What marks, in a segment's metadata, that it stands for the overrides of some identities. */
const overrideSource = "identity_override";

/**
 * The identifiers whose overrides a segment of a context holds; `undefined` for every other segment.
 *
 * {@link identityOverrideSegment} writes such segments. They are looked up by identifier, as text: as conditions
 * they would see `"007"` as 7, and a trait could pose as the identifier.
 */
export function overriddenIdentifiers(segment: Json): readonly string[] | undefined {
  const { metadata, rules } = segment;
  if (!isJson(metadata) || metadata["source"] !== overrideSource) return undefined;
  const conditions = onlyItem(rules)?.["conditions"];
  const condition = onlyItem(conditions);
  const identifiers = condition?.["value"];
  const sound =
    condition?.["property"] === "$.identity.identifier" &&
    condition["operator"] === "IN" &&
    Array.isArray(identifiers) &&
    identifiers.every((identifier) => typeof identifier === "string");
  return sound ? identifiers : undefined;
}

function onlyItem(list: unknown): Json | undefined {
  const item: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined;
  return isJson(item) ? item : undefined;
}

/** A segment that any engine of the context format serves to one identity before all others. */
export function identityOverrideSegment(
  identifier: string,
  overrides: NonNullable<SegmentContext["overrides"]>,
): SegmentContext {
  return {
    key: "",
    name: overrideSegment,
    metadata: { source: overrideSource },
    rules: [
      {
        type: "ALL",
        conditions: [{ property: "$.identity.identifier", operator: "IN", value: [identifier] }],
      },
    ],
    overrides,
  };
}

/**
 * Puts the records of identity overrides in the order in which they count.
 *
 * Where an identity has several records, the ones equal in features, names, states and values form groups across
 * all identities, and the group that appears first in the document wins. That is how the official SDK lays them
 * out. Without repeated identifiers the order cannot matter.
 */
export function rankRecords<State extends OverridingState>(
  records: readonly IdentityRecord<State>[],
): readonly IdentityRecord<State>[] {
  const identifiers = new Set(records.map(({ identifier }) => identifier));
  if (identifiers.size === records.length) return records;
  const groups = new Map<string, IdentityRecord<State>[]>();
  for (const record of records) {
    const key = groupKey(record);
    const group = groups.get(key) ?? [];
    group.push(record);
    groups.set(key, group);
  }
  return [...groups.values()].flat();
}

function groupKey({ states }: IdentityRecord): string {
  const parts = states.map(({ name, metadata, enabled, value }) => {
    return [name, metadata, enabled, value] as const;
  });
  return JSON.stringify(parts.sort(([a], [b]) => compare(a, b)));
}
