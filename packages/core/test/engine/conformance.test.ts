import { caseLostInJson } from "corpora";
import { hasCorpora, readConformance } from "corpora/read";
import { describe, expect, test } from "vitest";
import { type EvaluationContext, getEvaluationResult } from "../../src/engine/index.ts";

describe.skipIf(!hasCorpora)("public conformance cases", () => {
  const cases = hasCorpora ? readConformance<EvaluationContext>() : [];

  test("are complete", () => {
    expect(cases).toHaveLength(139);
  });

  test.each(cases.filter(({ name }) => name !== caseLostInJson))("$name", ({ context, result }) => {
    expect(getEvaluationResult(context)).toEqual(result);
  });

  test("include one that JSON.parse makes impossible", () => {
    const lost = cases.find(({ name }) => name === caseLostInJson);
    expect(lost?.context.identity?.traits).toEqual({ price: 2 });
    expect(lost && getEvaluationResult(lost.context)).not.toEqual(lost?.result);
  });
});
