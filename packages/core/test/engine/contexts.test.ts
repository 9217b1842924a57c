import { describe, expect, test } from "vitest";
import { compile, getEvaluationResult } from "../../src/engine.ts";
import {
  acceptedResults,
  type EngineCase,
  hasCorpora,
  isAccepted,
  readLines,
  readRules,
} from "./corpora.ts";

describe.skipIf(!hasCorpora)("1,500 random contexts", () => {
  const cases = hasCorpora ? readLines<EngineCase>("engine", "engine.jsonl") : [];
  const rules = readRules();

  test("evaluate as the official engine evaluates them", () => {
    const wrong = cases.filter((one) => {
      const ours = getEvaluationResult(one.context);
      const accepted = acceptedResults(one, rules);
      return accepted !== undefined && !isAccepted(ours, accepted);
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
    expect(cases).toHaveLength(1500);
  });

  test("give the same flags asked one by one, backwards, as all at once", () => {
    for (const { context } of cases) {
      const environment = compile(context).value;
      const all = environment?.evaluate(context.identity).flags() ?? [];
      const oneByOne = environment?.evaluate(context.identity);
      const asked = [...all].reverse().map(({ name }) => oneByOne?.flag(name));
      expect(asked.reverse()).toEqual(all);
    }
  });

  test("give the same segments before and after their flags", () => {
    for (const { context } of cases) {
      const environment = compile(context).value;
      const evaluation = environment?.evaluate(context.identity);
      const before = evaluation?.segments();
      evaluation?.flags();
      const after = environment?.evaluate(context.identity);
      after?.flags();
      expect(after?.segments()).toEqual(before);
      expect(evaluation?.segments()).toEqual(before);
    }
  });
});
