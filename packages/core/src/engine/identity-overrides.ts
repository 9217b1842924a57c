import type { SegmentContext } from "./context.ts";
import type { StateInput } from "./feature-state.ts";
import { compare } from "./order.ts";
import { isJsonObject, type JsonObject } from "./reader.ts";

/** The overrides of one identity. They take precedence over the states of segments and environment. */
export interface IdentityRecord {
  readonly identifier: string;
  readonly states: readonly StateInput[];
}

/** The name that stands for a segment in the reasons of identity overrides. No identity is in a segment of this name. */
export const overrideSegment = "identity_overrides";

/** Marks, in the metadata of a segment, that it represents identity overrides. */
const overrideSource = "identity_override";

/**
 * Returns the identifiers whose overrides a context's segment holds; `undefined` for every other segment.
 *
 * {@link createOverrideSegment} creates such segments. They are looked up by identifier and not evaluated: as a
 * condition `"007"` would be the number 7, and a trait could imitate the identifier.
 */
export function overriddenIdentifiers(segment: JsonObject): readonly string[] | undefined {
  const { metadata, rules } = segment;
  if (!isJsonObject(metadata) || metadata["source"] !== overrideSource) return undefined;
  const conditions = onlyItem(rules)?.["conditions"];
  const condition = onlyItem(conditions);
  const identifiers = condition?.["value"];
  const isValid =
    condition?.["property"] === "$.identity.identifier" &&
    condition["operator"] === "IN" &&
    Array.isArray(identifiers) &&
    identifiers.every((identifier) => typeof identifier === "string");
  return isValid ? identifiers : undefined;
}

function onlyItem(list: unknown): JsonObject | undefined {
  const item: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined;
  return isJsonObject(item) ? item : undefined;
}

/** Creates a segment that applies to one identity only, in every engine that implements the context format. */
export function createOverrideSegment(
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
 * Sorts the records of identity overrides by precedence, which matters only if an identity has several.
 *
 * The official SDK groups the records of all identities that have equal features, names, states and values. The group
 * that comes first in the document takes precedence.
 */
export function rankRecords(records: readonly IdentityRecord[]): readonly IdentityRecord[] {
  const identifiers = new Set(records.map(({ identifier }) => identifier));
  if (identifiers.size === records.length) return records;
  const groups = new Map<string, IdentityRecord[]>();
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
