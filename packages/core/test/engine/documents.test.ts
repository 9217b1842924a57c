import { type DocumentCase, formatComparable } from "corpora";
import { hasCorpora, readDocuments } from "corpora/read";
import { describe, expect, test } from "vitest";
import {
  compile,
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type Evaluation,
  getEvaluationResult,
  mapEnvironmentDocument,
  type TraitInput,
} from "../../src/engine/index.ts";
import { listAll, timeout } from "./support.ts";

type Traits = Readonly<Record<string, TraitInput>>;
type RecordedCase = DocumentCase<EnvironmentDocument, Traits>;

describe.skipIf(!hasCorpora)("500 random environment documents", { timeout }, () => {
  const cases = hasCorpora ? readDocuments<EnvironmentDocument, Traits>() : [];

  test("have the segment ids of the official SDK", () => {
    for (const one of cases.filter(({ contested }) => contested !== true)) {
      const segments = evaluate(one).segments();
      expect(segments.map(({ id, name }) => ({ id, name }))).toEqual(one.result?.segments);
    }
  });

  test("have the environment flags of the official SDK, without segments", () => {
    for (const { id, document, result } of cases) {
      const environment = compileEnvironmentDocument(document).value;
      const flags = environment?.evaluateWithoutSegments().flags() ?? [];
      const expected = formatComparable({ flags: result?.environment_flags ?? {}, segments: [] });
      expect(formatComparable({ flags: byName(flags), segments: [] }), id).toEqual(expected);
    }
  });

  test("have the same flags one by one in reverse order as all at once", () => {
    for (const one of cases) {
      const all = evaluate(one).flags();
      const evaluation = evaluate(one);
      const oneByOne = [...all].reverse().map(({ name }) => evaluation.flag(name));
      expect(oneByOne.reverse()).toEqual(all);
    }
  });

  test("have the same flags and segments when mapped to the context format", () => {
    for (const one of cases) {
      const { document, identifier, traits } = one;
      const direct = evaluate(one);
      const context = mapEnvironmentDocument(document).value;
      expect(context).toEqual(JSON.parse(JSON.stringify(context)));
      if (context === undefined) throw new Error(`${one.id} was refused`);
      const mapped = compile(context).value?.evaluate({ identifier, traits });
      expect(mapped?.flags(), one.id).toEqual(direct.flags());
      expect(mapped?.segments(), one.id).toEqual(direct.segments());
      const result = getEvaluationResult({ ...context, identity: { identifier, traits } });
      expect(formatComparable(result), one.id).toEqual(formatComparable(evaluateAll(one)));
    }
  });

  test("s20261-0188: a REGEX sees the boolean as True; equal records rank together", () => {
    // The first record of user-629189 equals that of u522@example.org, which comes first in the document, so its
    // disabled feature_b precedes the multivariate one. The trait `true` matches the pattern "True".
    const { flags, segments } = evaluateAll(find("s20261-0188"));
    const reason = "TARGETING_MATCH; segment=identity_overrides";
    expect(flags).toMatchObject({
      feature_a: { enabled: true, value: "base", variant: null, reason },
      feature_b: { enabled: false, value: "base", variant: null, reason },
    });
    expect(segments).toEqual([]);
  });

  test("s20261-0496: segments keep their order; the identity override is split", () => {
    // Key 2946fa6c-… with B62qaMZNwf_user-384490 hashes to 30.47: past the first variant (value false, 0–20; its
    // UUID is the smaller one) and inside the second (value 1, 20–40).
    const { flags, segments } = evaluateAll(find("s20261-0496"));
    expect(flags).toMatchObject({
      feature_a: { enabled: false, value: "mv-2", variant: null, reason: "SPLIT; weight=30" },
      feature_b: { enabled: false, value: 1, variant: null, reason: "SPLIT; weight=20" },
    });
    expect(segments.map(({ name }) => name)).toEqual(["segment_0", "segment_1"]);
  });

  function find(id: string): RecordedCase {
    const found = cases.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no case ${id}`);
    return found;
  }
});

function evaluate({ id, document, identifier, traits }: RecordedCase): Evaluation {
  const environment = compileEnvironmentDocument(document).value;
  if (environment === undefined) throw new Error(`${id} was refused`);
  return environment.evaluate({ identifier, traits });
}

function evaluateAll(one: RecordedCase) {
  const { flags, segments } = listAll(evaluate(one));
  return { flags: byName(flags), segments };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Record<string, T> {
  return Object.fromEntries(items.map((item) => [item.name, item]));
}
