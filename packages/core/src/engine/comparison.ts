import { compare, compareCodePoints } from "./order.ts";
import { parseNumber } from "./python-number.ts";
import { rankVersion } from "./semver.ts";
import { Float, type TypedValue } from "./value.ts";
import { spend, type Work } from "./work.ts";

const semverSuffix = ":semver";

/**
 * Compiles a comparison with a condition's text. The text is converted to the type of the other value.
 *
 * @param isMatch - whether an order matches: a number below, at or above zero. It is NaN if the values differ but have
 * no order. Values that cannot be compared never match.
 */
export function compileComparison(
  text: string,
  isMatch: (order: number) => boolean,
): (value: TypedValue, work: Work) => boolean {
  // Converted once for each type.
  const { integer, float } = parseNumber(text);
  const isTrue = text !== "False" && text !== "false";
  const isVersion = text.endsWith(semverSuffix);
  const rank = isVersion ? rankVersion(text.slice(0, -semverSuffix.length)) : text;

  return (value, work) => {
    let order: number | undefined;
    if (typeof value === "string") {
      if (isVersion) spend(work, value.length);
      const own = isVersion ? rankVersion(value) : value;
      if (own !== undefined && rank !== undefined) order = compareCodePoints(own, rank);
    } else if (typeof value === "boolean") order = Number(value) - Number(isTrue);
    else if (value instanceof Float) order = compareNumbers(Number(value), float);
    else order = compareNumbers(value, integer);
    return order !== undefined && isMatch(order);
  };
}

function compareNumbers(a: number | bigint, b: number | bigint | undefined): number | undefined {
  return b === undefined ? undefined : Number.isNaN(b) ? Number.NaN : compare(a, b);
}
