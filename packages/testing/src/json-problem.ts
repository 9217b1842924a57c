/** Thrown inside this file only: the scan ends at the first problem. */
class Problem extends Error {}

/**
 * Says what is wrong with a text that `JSON.parse` refused, in the words of the server's parser
 * and with its positions (in code points).
 */
export function jsonProblem(text: string): string {
  const characters = [...text];
  try {
    const end = skipSpace(characters, scanValue(characters, skipSpace(characters, 0)));
    return end < characters.length ? at("Extra data", characters, end) : "Expecting value";
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

function at(what: string, characters: readonly string[], index: number): string {
  const before = characters.slice(0, index);
  const line = before.filter((character) => character === "\n").length + 1;
  const column = index - before.lastIndexOf("\n");
  return `${what}: line ${line} column ${column} (char ${index})`;
}

function fail(what: string, characters: readonly string[], index: number): never {
  throw new Problem(at(what, characters, index));
}

function skipSpace(characters: readonly string[], start: number): number {
  let index = start;
  while (/^[ \t\r\n]$/.test(characters[index] ?? "")) index++;
  return index;
}

function scanValue(characters: readonly string[], start: number): number {
  const first = characters[start];
  if (first === '"') return scanString(characters, start);
  if (first === "{") return scanObject(characters, start);
  if (first === "[") return scanArray(characters, start);
  const rest = characters.slice(start, start + 400).join("");
  const strange = /^(?:NaN|-?Infinity)/.exec(rest)?.[0];
  if (strange !== undefined) {
    throw new Problem(`Out of range float values are not JSON compliant: '${strange}'`);
  }
  const plain = /^(?:null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)/.exec(rest)?.[0];
  return plain === undefined ? fail("Expecting value", characters, start) : start + plain.length;
}

function scanString(characters: readonly string[], start: number): number {
  for (let index = start + 1; index < characters.length; index++) {
    const character = characters[index] ?? "";
    if (character === '"') return index + 1;
    if (character < " ") return fail("Invalid control character at", characters, index);
    if (character === "\\") {
      index++;
      if (characters[index] === undefined) break;
      if (!/^["\\/bfnrtu]$/.test(characters[index] ?? "")) {
        return fail("Invalid \\escape", characters, index - 1);
      }
      const digits = characters.slice(index + 1, index + 5).join("");
      if (characters[index] === "u" && !/^[0-9a-f]{4}$/i.test(digits)) {
        return fail("Invalid \\uXXXX escape", characters, index);
      }
    }
  }
  return fail("Unterminated string starting at", characters, start);
}

function scanArray(characters: readonly string[], start: number): number {
  let index = skipSpace(characters, start + 1);
  if (characters[index] === "]") return index + 1;
  for (;;) {
    index = skipSpace(characters, scanValue(characters, index));
    if (characters[index] === "]") return index + 1;
    if (characters[index] !== ",") return fail("Expecting ',' delimiter", characters, index);
    index = skipSpace(characters, index + 1);
  }
}

function scanObject(characters: readonly string[], start: number): number {
  let index = skipSpace(characters, start + 1);
  if (characters[index] === "}") return index + 1;
  for (;;) {
    if (characters[index] !== '"') {
      return fail("Expecting property name enclosed in double quotes", characters, index);
    }
    index = skipSpace(characters, scanString(characters, index));
    if (characters[index] !== ":") return fail("Expecting ':' delimiter", characters, index);
    index = skipSpace(characters, scanValue(characters, skipSpace(characters, index + 1)));
    if (characters[index] === "}") return index + 1;
    if (characters[index] !== ",") return fail("Expecting ',' delimiter", characters, index);
    index = skipSpace(characters, index + 1);
  }
}
