import { type Identity, invalidIdentifier } from "./identity.ts";
import { duplicateTrait, invalidTrait, listTraits, type Trait } from "./traits.ts";

/** The limits of the API, in code points. */
const maxIdentifierLength = 2000;
const maxTraitKeyLength = 200;
const maxTraitStringLength = 2000;

/**
 * Checks the limits of the API before a request. The API answers some violations with a 500, which would be retried.
 *
 * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
 */
export function assertServerAccepts({ identifier, traits, transient }: Identity): void {
  const problem = findTextProblem(identifier.trim(), maxIdentifierLength);
  if (problem !== undefined) throw invalidIdentifier(problem);

  // By trimmed key, because the API trims keys and fails if one occurs twice.
  const keys = new Map<string, string>();
  for (const trait of listTraits(traits)) {
    const { key } = trait;
    const traitProblem = findTraitProblem(trait, transient || trait.transient);
    if (traitProblem !== undefined) throw invalidTrait(key, traitProblem);
    const other = keys.get(key.trim());
    if (other !== undefined) throw duplicateTrait(other, key);
    keys.set(key.trim(), key);
  }
}

function findTraitProblem({ key, value }: Trait, isTransient: boolean): string | undefined {
  const keyProblem = findTextProblem(key.trim(), maxTraitKeyLength);
  if (keyProblem !== undefined) return `has a key that ${keyProblem}`;
  if (typeof value === "string" && value !== "") {
    const problem = findTextProblem(value, maxTraitStringLength);
    return problem && `has a value that ${problem}`;
  }
  if (typeof value !== "number" || isTransient || isStorable(value)) return undefined;
  return "is outside the 32-bit range the API can store: send it as a string, or as { value, transient: true }";
}

function findTextProblem(text: string, maxLength: number): string | undefined {
  if (text === "") return "must not be empty";
  if (text.includes("\0")) return "must not contain NUL";
  if (/\p{Surrogate}/u.test(text)) return "must not contain a lone surrogate";
  // Counting code points is expensive, and there are at most as many as UTF-16 units.
  if (text.length > maxLength && [...text].length > maxLength) {
    return `must not be longer than ${maxLength} characters`;
  }
  return undefined;
}

/** Whether the API can store a number: a float, or a 32-bit integer. */
function isStorable(value: number): boolean {
  // JSON writes integers from 1e21 with an exponent, and the API reads those as floats.
  return !Number.isInteger(value) || Math.abs(value) >= 1e21 || value === (value | 0);
}
