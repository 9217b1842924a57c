import { compare } from "./order.ts";
import { parseNumber } from "./python-number.ts";
import { versionRank } from "./semver.ts";
import { type Coerced, Float } from "./value.ts";

/** Compares a value with a condition's: below, at or above zero; NaN is unequal; `undefined` cannot be compared. */
export type Comparison = (value: Coerced) => number | undefined;

const semverSuffix = ":semver";

/** Casts the condition's text to the type of the value it meets, once for each type. */
export function compileComparison(text: string): Comparison {
  const { whole, float } = parseNumber(text);
  const truth = text !== "False" && text !== "false";
  const semver = text.endsWith(semverSuffix);
  const rank = semver ? versionRank(text.slice(0, -semverSuffix.length)) : text;

  return (value) => {
    if (typeof value === "string") {
      const own = semver ? versionRank(value) : value;
      return own === undefined || rank === undefined ? undefined : compareCodePoints(own, rank);
    }
    if (typeof value === "boolean") return Number(value) - Number(truth);
    return value instanceof Float
      ? compareNumbers(Number(value), float)
      : compareNumbers(value, whole);
  };
}

function compareNumbers(a: number | bigint, b: number | bigint | undefined): number | undefined {
  return b === undefined ? undefined : Number.isNaN(b) ? Number.NaN : compare(a, b);
}

/** Order by code point. UTF-16 units differ where a surrogate (an astral character) meets U+E000–FFFF. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return aboveSurrogates(left) - aboveSurrogates(right);
  }
  return a.length - b.length;
}

function aboveSurrogates(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x2800 : unit;
}
