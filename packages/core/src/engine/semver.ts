/** A version `X.Y.Z[-pre]`; build metadata says nothing about order. */
export interface Version {
  readonly numbers: readonly string[];
  readonly pre: readonly string[];
}

const NUMERIC = /^(?:0|[1-9][0-9]*)$/;
const IDENTIFIER = /^[0-9A-Za-z-]+$/;
const DIGITS = /^[0-9]+$/;

/** Reads a strict version of Semantic Versioning 2.0.0: no `v`, spaces, leading zeros or missing parts. */
export function parseVersion(text: string): Version | undefined {
  const [rest, build] = cut(text, "+");
  const [core, pre] = cut(rest, "-");
  const numbers = core.split(".");
  const preParts = pre?.split(".") ?? [];
  const sound =
    numbers.length === 3 &&
    numbers.every((part) => NUMERIC.test(part)) &&
    preParts.every((part) => (DIGITS.test(part) ? NUMERIC : IDENTIFIER).test(part)) &&
    (build === undefined || build.split(".").every((part) => IDENTIFIER.test(part)));
  return sound ? { numbers, pre: preParts } : undefined;
}

/** Precedence of two versions: negative, zero or positive. */
export function compareVersions(a: Version, b: Version): number {
  const core = compareLists(a.numbers, b.numbers);
  if (core !== 0) return core;
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  return compareLists(a.pre, b.pre);
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers of any size by length, then digit by digit; a number is below any other identifier. */
function compareIdentifiers(a: string, b: string): number {
  const numeric = DIGITS.test(a);
  if (numeric !== DIGITS.test(b)) return numeric ? -1 : 1;
  if (numeric && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function cut(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
