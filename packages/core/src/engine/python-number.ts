/** A decimal digit of any script. */
export const digitPattern: RegExp = /\p{Nd}/u;

/** What `str.isspace` calls a space; JavaScript's `\s` differs in U+001C–1F, U+0085 and U+FEFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the separators U+001C–1F are meant.
export const spacePattern: RegExp = /[\p{White_Space}\x1c-\x1f]/u;

const digitsSource = "\\d(?:_?\\d)*";
const floatSource = `(?=\\.?\\d)(?:${digitsSource})?(?:\\.(?:${digitsSource})?)?(?:e[+-]?${digitsSource})?`;
const numberPattern = new RegExp(
  `^${spacePattern.source}*([+-]?(?:${floatSource}|inf(?:inity)?|nan))${spacePattern.source}*$`,
  "iu",
);

/** In digits; Python refuses longer integers. */
const maxIntegerLength = 4300;

/** A text as Python's `int` and `float` read it; `undefined` where Python raises. */
export interface ParsedNumber {
  readonly whole: number | bigint | undefined;
  readonly float: number | undefined;
}

/** Reads a text by Python's rules: underscores, spaces around it, and digits of any script. */
export function parseNumber(text: string): ParsedNumber {
  const number = plainNumber(text);
  return {
    whole: /^[+-]?\d+$/.test(number) ? toInteger(number) : undefined,
    float: number === "" ? undefined : Number(number.replace(/inf.*/i, "Infinity")),
  };
}

/** The number of an optionally signed run of ASCII digits, exact beyond 2^53; `undefined` where it is too long. */
export function toInteger(digits: string): number | bigint | undefined {
  if (digits.length > maxIntegerLength) return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

/** A float as Python's `repr` writes it: `1.0`, `1e-07`, `1e+16`. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return value > 0 ? "inf" : "-inf";
  if (size >= 1e16 || (size > 0 && size < 1e-4)) {
    return value.toExponential().replace(/([+-])(\d)$/, "$10$2");
  }
  const sign = Object.is(value, -0) ? "-" : "";
  return `${sign}${value}${Number.isInteger(value) ? ".0" : ""}`;
}

/** A number without spaces and underscores, every digit as its ASCII one; empty where there is none. */
function plainNumber(text: string): string {
  const found = numberPattern.exec(text.replace(/[^\0-\x7f]/gu, toAsciiDigit));
  return found?.[1]?.replaceAll("_", "") ?? "";
}

/** Decimal digits stand in unbroken tens, so the distance to the last other character tells the value. */
function toAsciiDigit(character: string): string {
  let code = character.codePointAt(0) ?? 0;
  let distance = 0;
  for (; digitPattern.test(String.fromCodePoint(code)); code--) distance++;
  return distance === 0 ? character : String((distance - 1) % 10);
}
