const INTEGER = /^[+-]?[0-9]+(?:_[0-9]+)*$/;
const FLOAT =
  /^[+-]?(?:(?:[0-9]+(?:_[0-9]+)*)(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:e[+-]?[0-9]+(?:_[0-9]+)*)?$/i;
const SPECIAL = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;
const DECIMAL_DIGIT = /\p{Nd}/u;

/** In digits; Python refuses longer integers. */
const LONGEST_INTEGER = 4300;

/** A whole number as Python's `int(text)` reads it; `undefined` where Python raises. */
export function parseInteger(text: string): number | bigint | undefined {
  const plain = normalise(text);
  return INTEGER.test(plain) ? toInteger(plain.replaceAll("_", "")) : undefined;
}

/** A number as Python's `float(text)` reads it; `undefined` where Python raises. */
export function parseFloatText(text: string): number | undefined {
  const plain = normalise(text);
  if (FLOAT.test(plain)) return Number(plain.replaceAll("_", ""));
  const special = SPECIAL.exec(plain);
  if (special === null) return undefined;
  if (special[2] === undefined) return Number.NaN;
  return special[1] === "-" ? -Infinity : Infinity;
}

/** The number of an optionally signed run of ASCII digits, exact beyond 2^53; `undefined` where it is too long. */
export function toInteger(digits: string): number | bigint | undefined {
  if (digits.length > LONGEST_INTEGER) return undefined;
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number;
  const sign = digits.startsWith("-") ? -1n : 1n;
  return sign * BigInt(digits.replace(/^[+-]/, ""));
}

/** A float as Python's `repr` writes it: `1.0`, `1e-07`, `1e+16`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [mantissa, power] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const sign = Object.is(value, -0) ? "-" : "";
  return `${sign}${value}${Number.isInteger(value) ? ".0" : ""}`;
}

/** What `str.isspace` calls a space; JavaScript's `\s` differs in U+001C–1F, U+0085 and U+FEFF. */
export function isSpace(code: number): boolean {
  return (
    (code >= 9 && code <= 13) ||
    (code >= 0x1c && code <= 0x20) ||
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** Whether a character is a decimal digit of any script, as `str.isdecimal` says. */
export function isDigit(code: number): boolean {
  return code < 128 ? code >= 48 && code <= 57 : DECIMAL_DIGIT.test(String.fromCodePoint(code));
}

/** Without surrounding spaces, every decimal digit as its ASCII one. */
function normalise(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  const trimmed = text.slice(start, end);
  return /^[\0-\x7f]*$/.test(trimmed) ? trimmed : Array.from(trimmed, toAsciiDigit).join("");
}

/** Decimal digits stand in unbroken tens, so the distance to the last other character tells the value. */
function toAsciiDigit(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 128 || !isDigit(code)) return character;
  let distance = 0;
  while (isDigit(code - distance - 1)) distance++;
  return String(distance % 10);
}
