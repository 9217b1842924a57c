import type {
  Condition,
  FlagState,
  Workload,
  WorkloadFlag,
  WorkloadSegment,
} from "../workload/workload.ts";
import { groupByAnswer } from "./group-by-answer.ts";

/** Comparators of ConfigCat's configuration, by the numbers that stand for them. */
const TEXT_IS_ONE_OF = 0;
const TEXT_CONTAINS_ANY_OF = 2;
const SEMVER_AT_LEAST = 9;
const NUMBER_LESS = 12;
const NUMBER_AT_LEAST = 15;
const TEXT_EQUALS = 28;
const TEXT_NOT_EQUALS = 29;
const IS_IN_SEGMENT = 0;
const BOOLEAN_SETTING = 0;
const TEXT_SETTING = 1;

/** Attributes that have a place of their own in the client's user. */
const ATTRIBUTES: Readonly<Record<string, string>> = { email: "Email", country: "Country" };

/** Writes the workload as ConfigCat's `config_v6.json`, segments included. */
export function writeConfigcatConfig({ flags, segments }: Workload): string {
  return JSON.stringify({
    p: { u: "https://cdn-global.configcat.com", r: 0, s: "c2FsdA==" },
    s: segments.map(({ name, conditions }) => ({ n: name, r: conditions.map(writeCondition) })),
    f: Object.fromEntries(flags.map((flag) => [flag.name, writeFlag(flag)])),
  });
}

function writeFlag(flag: WorkloadFlag): unknown {
  const rules: unknown[] = [];
  for (const [answer, identifiers] of groupByAnswer(flag)) {
    const condition = { u: { a: "Identifier", c: TEXT_IS_ONE_OF, l: identifiers } };
    rules.push({ c: [condition], s: { v: writeValue(answer) } });
  }
  for (const { segment, state } of flag.segmentOverrides) {
    rules.push({
      c: [{ s: { s: segment.id - 1, c: IS_IN_SEGMENT } }],
      ...writeOutcome(flag, state, segment),
    });
  }
  return {
    t: flag.kind === "toggle" ? BOOLEAN_SETTING : TEXT_SETTING,
    r: rules,
    ...(flag.state.variants.length > 0 ? { p: writeShares(flag, flag.state) } : {}),
    v: writeValue(controlOf(flag, flag.state)),
  };
}

/** A rule serves a value or shares; a split serves its share, and to the rest what the flag is without it. */
function writeOutcome(flag: WorkloadFlag, state: FlagState, { split }: WorkloadSegment): object {
  if (state.variants.length > 0) return { p: writeShares(flag, state) };
  const v = writeValue(controlOf(flag, state));
  if (split === undefined) return { s: { v } };
  const rest = writeValue(controlOf(flag, flag.state));
  return {
    p: [
      { p: split, v },
      { p: 100 - split, v: rest },
    ],
  };
}

function writeShares(flag: WorkloadFlag, state: FlagState): object[] {
  const shares = state.variants.map(({ value, weight }) => ({ p: weight, v: writeValue(value) }));
  const rest = state.variants.reduce((left, { weight }) => left - weight, 100);
  return [...shares, { p: rest, v: writeValue(controlOf(flag, state)) }];
}

function controlOf({ kind }: WorkloadFlag, { enabled, value }: FlagState): boolean | string {
  return kind === "toggle" ? enabled : String(value);
}

function writeValue(value: boolean | string): object {
  return typeof value === "boolean" ? { b: value } : { s: value };
}

function writeCondition(condition: Condition): unknown {
  const a = ATTRIBUTES[condition.trait] ?? condition.trait;
  switch (condition.operator) {
    case "EQUAL":
      return { a, c: TEXT_EQUALS, s: condition.value };
    case "NOT_EQUAL":
      return { a, c: TEXT_NOT_EQUALS, s: condition.value };
    case "CONTAINS":
      return { a, c: TEXT_CONTAINS_ANY_OF, l: [condition.value] };
    case "IS_TRUE":
      return { a, c: TEXT_EQUALS, s: "true" };
    case "IN":
      return { a, c: TEXT_IS_ONE_OF, l: condition.values };
    case "AT_LEAST":
      return { a, c: NUMBER_AT_LEAST, d: condition.value };
    case "LESS_THAN":
      return { a, c: NUMBER_LESS, d: condition.value };
    case "VERSION_AT_LEAST":
      return { a, c: SEMVER_AT_LEAST, s: condition.value };
  }
}
