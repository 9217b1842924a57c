/** The limits of the API, in code points. */
const maxIdentifierLength = 2000;
const maxTraitKeyLength = 200;
const maxTraitStringLength = 2000;

/** Whether a text is empty or consists of whitespace, which the API trims. */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** Returns why the API would reject an identifier, or `undefined`. */
export function findIdentifierProblem(identifier: string): string | undefined {
  return findTextProblem(identifier.trim(), maxIdentifierLength);
}

/** Returns why the API would reject the key of a trait, or `undefined`. */
export function findKeyProblem(key: string): string | undefined {
  const problem = isBlank(key)
    ? "must not be empty"
    : findTextProblem(key.trim(), maxTraitKeyLength);
  return problem && `has a key that ${problem}`;
}

/** Returns why the API would reject a trait's text, or `undefined`. */
export function findValueProblem(text: string): string | undefined {
  const problem = findTextProblem(text, maxTraitStringLength);
  return problem && `has a value that ${problem}`;
}

/** The API answers a NUL or a lone surrogate with a 500, which would be retried. */
function findTextProblem(text: string, maxLength: number): string | undefined {
  // A loop, because most texts are short, and a regular expression takes longer for them.
  for (let at = 0, count = 1; at < text.length; at++, count++) {
    const point = text.codePointAt(at) as number;
    if (point === 0) return "must not contain NUL";
    if (point >= 0xd800 && point < 0xe000) return "must not contain a lone surrogate";
    if (count > maxLength) return `must not be longer than ${maxLength} characters`;
    if (point > 0xffff) at++;
  }
  return undefined;
}

/** Whether every API can store a number: a float, or a 32-bit integer. */
export function isStorable(value: number): boolean {
  // JSON writes integers from 1e21 with an exponent, and the API reads those as floats.
  return !Number.isInteger(value) || Math.abs(value) >= 1e21 || value === (value | 0);
}
