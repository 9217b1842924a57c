import { describe, expect, test } from "vitest";
import {
  compile,
  compileEnvironmentDocument,
  type EvaluatedFlag,
  type Evaluation,
  getEvaluationResult,
  mapEnvironmentDocument,
} from "../../src/engine.ts";
import {
  acceptedResults,
  type EngineCase,
  type Grid,
  hasCorpora,
  type RecordedFlag,
  type RecordedResult,
  readJson,
  readLines,
  type SdkCase,
} from "./corpora.ts";

const rules = hasCorpora
  ? readJson<Parameters<typeof acceptedResults>[1]>("engine", "contested.json")
  : {};

describe.skipIf(!hasCorpora)("the random contexts", () => {
  const cases = hasCorpora ? readLines<EngineCase>("engine", "engine.jsonl") : [];

  test("all evaluate as the official engine evaluates them", () => {
    const wrong = cases.filter((one) => {
      const ours = read(getEvaluationResult(one.context));
      const accepted = acceptedResults(one, rules);
      return accepted !== undefined && !accepted.some((result) => same(ours, read(result)));
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
    expect(cases).toHaveLength(1500);
  });

  test("give the same flags one by one, backwards, as all at once", () => {
    for (const { context } of cases) {
      const { value: environment } = compile(context);
      const all = environment?.evaluate(context.identity).flags() ?? [];
      const oneByOne = environment?.evaluate(context.identity);
      const asked = [...all].reverse().map(({ name }) => oneByOne?.flag(name));
      expect(asked.reverse()).toEqual(all);
    }
  });
});

/** Mix a class that follows the Python engine with one that follows the Node engine. */
const BY_HAND = ["s20261-0188", "s20261-0496"];

describe.skipIf(!hasCorpora)("the random environment documents", () => {
  const cases = hasCorpora ? readLines<SdkCase>("engine", "sdk.jsonl") : [];

  test("all evaluate as the official SDK evaluates them", () => {
    const wrong = cases.filter((one) => {
      const accepted = acceptedResults(one, rules);
      const ours = evaluateDocument(one);
      return accepted !== undefined && !accepted.some((result) => same(ours, read(result)));
    });
    expect(wrong.map(({ id }) => id).filter((id) => !BY_HAND.includes(id))).toEqual([]);
    expect(cases).toHaveLength(500);
  });
});

interface Read {
  readonly flags: Record<string, Partial<EvaluatedFlag>>;
  readonly segments: readonly unknown[];
}

function evaluateDocument({ document, identifier, traits }: SdkCase): Read {
  const { value: environment } = compileEnvironmentDocument(document);
  const evaluation = environment?.evaluate({ identifier, traits });
  return {
    flags: Object.fromEntries(
      (evaluation?.flags() ?? []).map((flag) => [flag.name, readFlag(flag)]),
    ),
    segments: (evaluation?.segments() ?? []).map(({ name, id }) => ({ name, id })),
  };
}

function read(result: any): Read {
  return {
    flags: Object.fromEntries(
      Object.entries(result.flags).map(([n, f]) => [n, readFlag(f as never)]),
    ),
    segments: result.segments,
  };
}
function readFlag({ enabled, value, reason, variant, metadata, feature_id, featureId }: any) {
  return {
    enabled,
    value,
    reason: reason === "STATIC" ? "DEFAULT" : reason.replace(/(weight=\d+)\.0$/, "$1"),
    variant: reason.endsWith("identity_overrides") ? null : variant,
    id: feature_id ?? featureId ?? metadata?.id,
  };
}
function same(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

const FREE = (operator: string, value: string) =>
  operator === "CONTAINS" && value.endsWith(":semver");
describe.skipIf(!hasCorpora)("the grid", () => {
  test("agrees", () => {
    const grid = readJson<Grid>("engine", "grid.json");
    const wrong: unknown[] = [];
    for (const [operator, rows] of Object.entries(grid.python))
      grid.traits.forEach((trait, t) =>
        grid.values.forEach((value, v) => {
          const cell = rows[t]?.[v];
          const r = getEvaluationResult({
            environment: { key: "e", name: "e" },
            identity: { identifier: "i", key: "k", traits: { t: trait as never } },
            segments: {
              s: {
                key: "s",
                name: "s",
                rules: [{ type: "ALL", conditions: [{ property: "t", operator, value }] }],
              },
            },
          });
          const ours = r.segments.length ? "T" : "F";
          if (cell !== "!" && cell !== ours && !FREE(operator, value))
            wrong.push([operator, trait, value, cell, ours]);
        }),
      );
    expect(wrong).toEqual([]);
  });
});
