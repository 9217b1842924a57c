import { type Identity, invalidIdentifier } from "./identity.ts";
import { invalidTrait, listTraits, type Trait } from "./traits.ts";

/** The API's own limits, in code points. */
const maxIdentifierLength = 2000;
const maxTraitKeyLength = 200;
const maxTraitStringLength = 2000;
const maxStoredInteger = 2 ** 31;

/**
 * Refuses what the API is known to answer with an error, before any request: it answers several of
 * these with a 500, which would be retried in vain.
 *
 * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
 */
export function assertServerAccepts({ identifier, traits, transient }: Identity): void {
  const complaint = textComplaint(identifier.trim(), maxIdentifierLength);
  if (complaint !== undefined) throw invalidIdentifier(complaint);

  const storedKeys = new Set<string>();
  for (const trait of listTraits(traits)) {
    // The API trims keys, and fails on the same key twice.
    const storedKey = trait.key.trim();
    assertTraitAccepted(trait, transient || trait.transient);
    if (storedKeys.has(storedKey)) throw invalidTrait(trait.key, "is given twice, but for spaces");
    storedKeys.add(storedKey);
  }
}

function assertTraitAccepted({ key, value }: Trait, isTransient: boolean): void {
  const keyComplaint = textComplaint(key.trim(), maxTraitKeyLength);
  if (keyComplaint !== undefined) throw invalidTrait(key, `has a key that ${keyComplaint}`);
  if (typeof value === "string") {
    const complaint = value === "" ? undefined : textComplaint(value, maxTraitStringLength);
    if (complaint !== undefined) throw invalidTrait(key, `has a value that ${complaint}`);
  }
  if (typeof value === "number" && !isTransient && !fitsColumn(value)) {
    throw invalidTrait(
      key,
      "is an integer beyond 32 bits, which the API can only use as transient",
    );
  }
}

function textComplaint(text: string, maxLength: number): string | undefined {
  if (text === "") return "must not be empty";
  if (text.includes("\0")) return "must not contain NUL";
  if (/\p{Surrogate}/u.test(text)) return "must not contain half of a surrogate pair";
  // Code points are at most as many as UTF-16 units: count them only when it matters.
  if (text.length > maxLength && [...text].length > maxLength) {
    return `must not be longer than ${maxLength} characters`;
  }
  return undefined;
}

/** JSON writes integers from 1e21 on with an exponent, so the API reads them as floats. */
function fitsColumn(value: number): boolean {
  const isIntegerText = Number.isInteger(value) && Math.abs(value) < 1e21;
  return !isIntegerText || (value >= -maxStoredInteger && value < maxStoredInteger);
}
