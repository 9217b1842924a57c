import { caseLostInJson } from "corpora";
import { hasCorpora, readConformance, readContexts, readDocuments } from "corpora/read";
import { describe, expect, test } from "vitest";
import {
  compile,
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type EvaluationContext,
  type TraitInput,
} from "../../src/engine/index.ts";
import { createSnapshot, type Explanation, explain } from "../../src/explain/index.ts";
import { traceFlag } from "../../src/explain/trace-flag.ts";
import { timeout } from "../engine/support.ts";
import { replay } from "./replay.ts";

describe.skipIf(!hasCorpora)("explanations of recorded cases", { timeout }, () => {
  test("have the flags of every conformance case, and can be replayed", () => {
    const cases = readConformance<EvaluationContext>();
    expect(cases).toHaveLength(139);
    for (const { name, context, result } of cases) {
      for (const [feature, trace] of explainContext(context)) {
        checkTrace(trace);
        if (name !== caseLostInJson) expect(trace.flag, name).toEqual(pick(result.flags[feature]));
      }
    }
  });

  test("have the engine's flags for 1,500 contexts, and can be replayed", () => {
    const cases = readContexts<EvaluationContext>();
    expect(cases).toHaveLength(1500);
    for (const { id, context } of cases) {
      const flags = compile(context).value?.evaluate(context.identity).flags() ?? [];
      const traces = explainContext(context);
      expect([...traces.values()].map(({ flag }) => flag)).toEqual(flags.map(pick));
      for (const trace of traces.values()) checkTrace(trace, id);
    }
  });

  test("have the engine's flags for 500 documents, and can be replayed", () => {
    const cases = readDocuments<EnvironmentDocument, Record<string, TraitInput>>();
    expect(cases).toHaveLength(500);
    for (const { id, document, identifier, traits } of cases) {
      const environment = compileEnvironmentDocument(document).value;
      const snapshot = createSnapshot(document);
      for (const { name, ...flag } of environment?.evaluate({ identifier, traits }).flags() ?? []) {
        const explanation = explain(snapshot, name, identifier, traits);
        expect(explanation.flag, id).toEqual(pick(flag));
        checkTrace(explanation, id);
      }
      for (const flag of environment?.evaluateWithoutSegments().flags() ?? []) {
        const explanation = explain(snapshot, flag.name);
        expect(explanation.flag, id).toEqual(pick(flag));
        checkTrace(explanation, id);
      }
    }
  });
});

function explainContext(context: EvaluationContext) {
  const environment = compile(addDocumentMembers(context)).value;
  const names = environment ? [...environment.tables.features.keys()] : [];
  return new Map(
    names.map((name) => {
      if (!environment) throw new Error("unreachable");
      return [name, traceFlag(environment, name, context.identity ?? null)];
    }),
  );
}

/** Adds the member to each condition that holds its property in a document, because explanations read documents. */
function addDocumentMembers<T>(json: T): T {
  if (Array.isArray(json)) return json.map(addDocumentMembers) as T;
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).map(([name, value]) => [name, addDocumentMembers(value)]);
  const property = Object.hasOwn(json, "operator")
    ? [["property_", Reflect.get(json, "property")]]
    : [];
  return Object.fromEntries([...entries, ...property]);
}

/** Checks that the data is JSON, that the winner is named, and that it gives the flag again. */
function checkTrace(
  trace: Pick<Explanation, "flag" | "winner" | "considered" | "isCircular">,
  id?: string,
): void {
  expect(JSON.parse(JSON.stringify(trace)), id).toEqual(trace);
  const { flag, winner } = replay(trace);
  expect(flag, id).toEqual(trace.flag);
  expect(winner, id).toMatchObject({ ...trace.winner, outcome: "won" });
  expect(trace.considered.filter(({ outcome }) => outcome === "won")).toHaveLength(1);
}

/** Picks the members of a flag that an explanation contains. */
function pick(flag: Partial<Record<"enabled" | "value" | "variant" | "reason", unknown>> = {}) {
  const { enabled, value, variant = null, reason } = flag;
  return { enabled, value, variant, reason };
}
