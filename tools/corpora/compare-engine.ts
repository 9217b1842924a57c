import type { Corpora, DocumentCase, Grid, Rules } from "./cases.ts";
import { type AnyResult, formatComparable, isAllowed, listAllowedResults } from "./results.ts";

/** Conformance case whose trait 2.0 becomes the integer 2 in JavaScript, which is not comparable with "2.1". */
export const caseLostInJson = "test_less_than_float__should_match";

/**
 * Documents that combine a rule of the Python engine with one of the Node engine, so that neither has the right
 * result. Tests of the engine contain the results.
 */
export const casesComputedByHand: readonly string[] = ["s20261-0188", "s20261-0496"];

type NamedFlag = AnyResult["flags"][string] & { readonly name: string };

/** The engine to compare. Its parameters have more precise types, which `never` accepts. */
interface Engine {
  readonly getEvaluationResult: (context: never) => AnyResult;
  readonly compileEnvironmentDocument: (document: never) => {
    readonly value?: {
      evaluate(identity: never): {
        flag(name: string): NamedFlag | undefined;
        flags(): readonly NamedFlag[];
        segments(): AnyResult["segments"];
      };
    };
  };
}

/** Returns the names of all cases in which the engine differs from the official engines. */
export function findDifferences(
  engine: Engine,
  { conformance, contexts, documents, grid, rules }: Corpora,
): Readonly<Record<"conformance" | "contexts" | "documents" | "grid", string[]>> {
  const evaluate = engine.getEvaluationResult as (context: unknown) => AnyResult;
  return {
    conformance: conformance
      .filter(
        ({ context, result }) => formatComparable(evaluate(context)) !== formatComparable(result),
      )
      .map(({ name }) => name),
    contexts: contexts
      .filter((one) => isDifferent(evaluate(one.context), listAllowedResults(one, rules)))
      .map(({ id }) => id),
    documents: documents
      .filter((one) => isDocumentDifferent(engine, one, rules))
      .map(({ id }) => id)
      .filter((id) => !casesComputedByHand.includes(id)),
    grid: findDifferentCells(evaluate, grid),
  };
}

function isDifferent(result: AnyResult, allowed: ReturnType<typeof listAllowedResults>): boolean {
  return allowed !== undefined && !isAllowed(result, allowed);
}

/** Also compares the flags of a whole evaluation with the same flags evaluated one by one. */
function isDocumentDifferent(engine: Engine, one: DocumentCase, rules: Rules): boolean {
  const compile = engine.compileEnvironmentDocument as (
    document: unknown,
  ) => ReturnType<Engine["compileEnvironmentDocument"]>;
  const environment = compile(one.document).value;
  if (environment === undefined) return true;
  const identity = { identifier: one.identifier, traits: one.traits } as never;
  const whole = environment.evaluate(identity);
  const single = environment.evaluate(identity);
  const flags: readonly NamedFlag[] = whole.flags();
  if (flags.some((flag) => JSON.stringify(single.flag(flag.name)) !== JSON.stringify(flag))) {
    return true;
  }
  const byName = Object.fromEntries(flags.map((flag) => [flag.name, flag]));
  return isDifferent({ flags: byName, segments: whole.segments() }, listAllowedResults(one, rules));
}

function findDifferentCells(evaluate: (context: unknown) => AnyResult, grid: Grid): string[] {
  const different: string[] = [];
  for (const [operator, rows] of Object.entries(grid.python)) {
    for (const [t, trait] of grid.traits.entries()) {
      for (const [v, value] of grid.values.entries()) {
        const expected = rows[t]?.[v];
        const { segments } = evaluate(createContext(operator, trait, value));
        const actual = segments.length === 1 ? "T" : "F";
        if (actual === expected || hasNoRule(operator, value, expected)) continue;
        different.push(JSON.stringify({ operator, trait, value, expected }));
      }
    }
  }
  return different;
}

/** Returns whether every result is allowed: the official engine threw, or the outcome is undefined. */
function hasNoRule(operator: string, value: string, expected: string | undefined): boolean {
  return expected === "!" || (operator === "CONTAINS" && value.endsWith(":semver"));
}

/** Creates a context with a segment that has a single condition. */
function createContext(operator: string, trait: unknown, value: string) {
  const rules = [{ type: "ALL", conditions: [{ property: "trait", operator, value }] }];
  return {
    environment: { key: "e", name: "e" },
    identity: { identifier: "i", key: "k", traits: { trait } },
    segments: { s: { key: "s", name: "s", rules } },
  };
}
