/** A decimal digit of any script. */
export const digitPattern: RegExp = /\p{Nd}/u;

/** A space according to Python's `str.isspace`. JavaScript's `\s` differs in U+001C–1F, U+0085 and U+FEFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the separators U+001C–1F are meant.
export const spacePattern: RegExp = /[\p{White_Space}\x1c-\x1f]/u;

const digitsSource = "\\d(?:_?\\d)*";
const floatSource = `(?=\\.?\\d)(?:${digitsSource})?(?:\\.(?:${digitsSource})?)?(?:e[+-]?${digitsSource})?`;
const numberPattern = new RegExp(
  `^${spacePattern.source}*([+-]?(?:${floatSource}|inf(?:inity)?|nan))${spacePattern.source}*$`,
  "iu",
);

/** In digits. Python refuses longer integers. */
const maxIntegerLength = 4300;

/**
 * Parses a text like Python's `int` and `float`, which accept underscores, spaces around the number and digits of any
 * script. A result is `undefined` if Python raises an error.
 */
export function parseNumber(text: string): {
  readonly integer: number | bigint | undefined;
  readonly float: number | undefined;
} {
  const number = normalizeNumber(text);
  return {
    integer: /^[+-]?\d+$/.test(number) ? toInteger(number) : undefined,
    float: number === "" ? undefined : Number(number.replace(/inf.*/i, "Infinity")),
  };
}

/** Parses ASCII digits with an optional sign, without rounding beyond 2^53. Returns `undefined` for too many digits. */
export function toInteger(digits: string): number | bigint | undefined {
  if (digits.length > maxIntegerLength) return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

/** Formats a float like Python's `repr`: `1.0`, `1e-07`, `1e+16`. */
export function formatFloat(value: number): string {
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return value > 0 ? "inf" : "-inf";
  if (size >= 1e16 || (size > 0 && size < 1e-4)) {
    return value.toExponential().replace(/([+-])(\d)$/, "$10$2");
  }
  const sign = Object.is(value, -0) ? "-" : "";
  return `${sign}${value}${Number.isInteger(value) ? ".0" : ""}`;
}

/** Removes spaces and underscores and converts digits to ASCII. Returns an empty text if there is no number. */
function normalizeNumber(text: string): string {
  const found = numberPattern.exec(text.replace(/[^\0-\x7f]/gu, toAsciiDigit));
  return found?.[1]?.replaceAll("_", "") ?? "";
}

/** Converts a digit to ASCII. Unicode has digits in runs of ten, so the distance to the last non-digit gives the value. */
function toAsciiDigit(character: string): string {
  let code = character.codePointAt(0) ?? 0;
  let distance = 0;
  for (; digitPattern.test(String.fromCodePoint(code)); code--) distance++;
  return distance === 0 ? character : String((distance - 1) % 10);
}
