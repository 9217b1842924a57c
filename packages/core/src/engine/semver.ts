import { compare } from "./order.ts";

/** A version `X.Y.Z[-pre]`, in its identifiers; build metadata says nothing about order. */
export interface Version {
  readonly core: readonly string[];
  readonly pre: readonly string[];
}

const NUMBER = "(?:0|[1-9]\\d*)";
const WORDS = "[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*";
const VERSION = new RegExp(`^(${NUMBER}(?:\\.${NUMBER}){2})(?:-(${WORDS}))?(?:\\+${WORDS})?$`);
/** Of a number among the words. */
const LEADING_ZERO = /(?:^|\.)0\d+(?:\.|$)/;
const DIGITS = /^\d+$/;

/** Reads a strict version of Semantic Versioning 2.0.0: no `v`, spaces, leading zeros or missing parts. */
export function parseVersion(text: string): Version | undefined {
  const [, core, pre = ""] = VERSION.exec(text) ?? [];
  if (core === undefined || LEADING_ZERO.test(pre)) return undefined;
  return { core: core.split("."), pre: pre === "" ? [] : pre.split(".") };
}

/** Precedence of two versions: negative, zero or positive. */
export function compareVersions(a: Version, b: Version): number {
  const order = compareLists(a.core, b.core);
  if (order !== 0) return order;
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
  return compare(a, b);
}
