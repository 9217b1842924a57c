import { hasCorpora, readContexts } from "corpora/read";
import { describe, expect, test } from "vitest";
import { compile, type EvaluationContext } from "../../src/engine/index.ts";

describe.skipIf(!hasCorpora)("1,500 random contexts", () => {
  const cases = hasCorpora ? readContexts<EvaluationContext>() : [];

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
