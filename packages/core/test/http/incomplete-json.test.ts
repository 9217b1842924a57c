import fc from "fast-check";
import { expect, it } from "vitest";
import { isIncompleteJson } from "../../src/http/incomplete-json.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";

it.each(["", " ", "null", '"text', "12", "<html>[", "{}", "[]]", "]", '{"a": "]"}', '["\\""]'])(
  "%j does not end too early",
  (text) => {
    expect(isIncompleteJson(text)).toBe(false);
  },
);

it.each(["[", "\n {", '{"a": "}', '["\\"]', '["\\\\\\"]', '[{"a": 1}', '["]"'])(
  "%j ends too early",
  (text) => {
    expect(isIncompleteJson(text)).toBe(true);
  },
);

it("JSON is complete, and incomplete if it is cut anywhere", { timeout: fuzzTimeoutMs }, () => {
  const json = fc
    .oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))
    .chain((value) => fc.constantFrom(JSON.stringify(value), JSON.stringify(value, null, 2)));
  const cut = fc.double({ min: 0, max: 0.999, noNaN: true });
  return fuzz("cut JSON", fc.record({ json, cut }), ({ json, cut }) => {
    expect(isIncompleteJson(json)).toBe(false);
    expect(isIncompleteJson(json.slice(0, 1 + Math.floor((json.length - 1) * cut)))).toBe(true);
  });
});
