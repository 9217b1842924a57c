import { compare } from "./order.ts";
import { parseNumber } from "./python-number.ts";
import { rankVersion } from "./semver.ts";
import { Float, type TypedValue } from "./value.ts";
import { spend, type Work } from "./work.ts";

const semverSuffix = ":semver";

/**
 * Compiles a comparison with a condition's text. The text is converted to the type of the other value.
 *
 * A comparison returns a number below, at or above zero. It returns NaN if the values differ but have no order, and
 * `undefined` if they cannot be compared.
 */
export function compileComparison(
  text: string,
): (value: TypedValue, work: Work) => number | undefined {
  // Converted once for each type.
  const { integer, float } = parseNumber(text);
  const isTrue = text !== "False" && text !== "false";
  const isVersion = text.endsWith(semverSuffix);
  const rank = isVersion ? rankVersion(text.slice(0, -semverSuffix.length)) : text;

  return (value, work) => {
    if (typeof value === "string") {
      if (isVersion) spend(work, value.length);
      const own = isVersion ? rankVersion(value) : value;
      return own === undefined || rank === undefined ? undefined : compareCodePoints(own, rank);
    }
    if (typeof value === "boolean") return Number(value) - Number(isTrue);
    return value instanceof Float
      ? compareNumbers(Number(value), float)
      : compareNumbers(value, integer);
  };
}

function compareNumbers(a: number | bigint, b: number | bigint | undefined): number | undefined {
  return b === undefined ? undefined : Number.isNaN(b) ? Number.NaN : compare(a, b);
}

/** Compares texts by code points. UTF-16 units have another order if a surrogate meets U+E000–FFFF. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return moveSurrogatesUp(left) - moveSurrogatesUp(right);
  }
  return a.length - b.length;
}

function moveSurrogatesUp(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x2800 : unit;
}
