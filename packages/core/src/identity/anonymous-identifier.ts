import { sha256 } from "../platform/digest.ts";
import { listTraits, type ParsedTraits } from "./traits.ts";

/**
 * Creates the identifier that the API gives to an anonymous identity: a digest of its traits. Without traits it is
 * random.
 */
export async function createAnonymousIdentifier(traits: ParsedTraits): Promise<string> {
  const listed = listTraits(traits);
  if (listed.length === 0) return crypto.randomUUID().replaceAll("-", "");
  const parts = listed
    .filter(({ value }) => value !== null)
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ key, value }) => key + formatValue(value));
  return sha256(parts.join(""));
}

/** Compares texts by code points, as Python does. */
function compareKeys(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const index = left.findIndex((character, position) => character !== right[position]);
  if (index < 0) return left.length - right.length;
  return (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? -1);
}

/** Formats a trait as Python does. */
function formatValue(value: string | number | boolean | null): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "number") return String(value);
  // JSON has no negative zero, and JavaScript formats floats below 0.0001 without an exponent.
  const isTiny = value !== 0 && Math.abs(value) < 1e-4;
  return (isTiny ? value.toExponential() : String(value)).replace(/e([+-])(\d)$/, "e$10$2");
}
