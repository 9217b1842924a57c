import { hasCorpora, readContexts } from "corpora/read";
import { describe, expect, test } from "vitest";
import { compile, type EvaluationContext } from "../../src/engine/index.ts";
import { timeout } from "./support.ts";

describe.skipIf(!hasCorpora)("1,500 random contexts", { timeout }, () => {
  const cases = hasCorpora ? readContexts<EvaluationContext>() : [];

  test("have the same flags one by one in reverse order as all at once", () => {
    for (const { context } of cases) {
      const environment = compile(context).value;
      const all = environment?.evaluate(context.identity).flags() ?? [];
      const evaluation = environment?.evaluate(context.identity);
      const oneByOne = [...all].reverse().map(({ name }) => evaluation?.flag(name));
      expect(oneByOne.reverse()).toEqual(all);
    }
  });

  test("have the same segments before and after their flags are evaluated", () => {
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
