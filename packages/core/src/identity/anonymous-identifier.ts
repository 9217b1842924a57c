import { compareCodePoints } from "../engine/order.ts";
import { toOperandText } from "../engine/value.ts";
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
    .sort((a, b) => compareCodePoints(a.key, b.key))
    .map(({ key, value }) => key + toOperandText(value));
  return sha256(parts.join(""));
}
