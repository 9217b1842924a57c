import { describe, expect, it } from "vitest";
import { jsonProblem } from "../src/json-problem.ts";

describe("What is wrong with a JSON text", () => {
  it.each([
    ["", "Expecting value: line 1 column 1 (char 0)"],
    ["nul", "Expecting value: line 1 column 1 (char 0)"],
    ["[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"],
    ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
    ['{"a":1 "b"}', "Expecting ',' delimiter: line 1 column 8 (char 7)"],
    ["{a:1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"],
    ['{"a":\n"b', "Unterminated string starting at: line 2 column 1 (char 6)"],
    ['"\t"', "Invalid control character at: line 1 column 2 (char 1)"],
    ['"\\x"', "Invalid \\escape: line 1 column 2 (char 1)"],
    ['"\\u12"', "Invalid \\uXXXX escape: line 1 column 3 (char 2)"],
    ["{} {}", "Extra data: line 1 column 4 (char 3)"],
    ['["🙂" 1]', "Expecting ',' delimiter: line 1 column 6 (char 5)"],
    ["[-Infinity]", "Out of range float values are not JSON compliant: '-Infinity'"],
  ])("is said in the words of the server's parser: %j", (text, problem) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(jsonProblem(text)).toBe(problem);
  });
});
