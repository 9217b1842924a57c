import { type AnyResult, acceptedResults, comparable, isAccepted } from "./accepted.ts";
import type { Corpora, DocumentCase, Grid, Rules } from "./cases.ts";

type Named = AnyResult["flags"][string] & { readonly name: string };

/** One question to an environment. */
interface Evaluation {
  flag(name: string): Named | undefined;
  flags(): readonly Named[];
  segments(): AnyResult["segments"];
}

/** The engine that is judged. Its own types say more; `never` lets it keep them. */
export interface Engine {
  readonly getEvaluationResult: (context: never) => AnyResult;
  readonly compileEnvironmentDocument: (document: never) => {
    readonly value?: { evaluate(identity: never): Evaluation };
  };
}

/** The trait 2.0 reaches JavaScript as 2, an integer, which cannot be compared with the text 2.1. */
export const lostInJson = "test_less_than_float__should_match";

/** Each mixes a rule that follows the Python engine with one that follows the Node engine. */
export const derivedByHand: readonly string[] = ["s20261-0188", "s20261-0496"];

/** What an engine answers otherwise than it should, by name; nothing where it agrees. */
export function judge(
  engine: Engine,
  corpora: Corpora,
): Readonly<Record<keyof Verdicts, string[]>> {
  const { conformance, contexts, documents, grid, rules } = corpora;
  const ask = engine.getEvaluationResult as (context: unknown) => AnyResult;
  return {
    conformance: conformance
      .filter(({ context, result }) => comparable(ask(context)) !== comparable(result))
      .map(({ name }) => name),
    contexts: contexts
      .filter((one) => isWrong(ask(one.context), acceptedResults(one, rules)))
      .map(({ id }) => id),
    documents: documents
      .filter((one) => isDocumentWrong(engine, one, rules))
      .map(({ id }) => id)
      .filter((id) => !derivedByHand.includes(id)),
    grid: wrongCells(ask, grid),
  };
}

type Verdicts = Pick<Corpora, "conformance" | "contexts" | "documents" | "grid">;

function isWrong(ours: AnyResult, accepted: ReturnType<typeof acceptedResults>): boolean {
  return accepted !== undefined && !isAccepted(ours, accepted);
}

/** Also where one flag, asked for alone, is not what it is among all. */
function isDocumentWrong(engine: Engine, one: DocumentCase, rules: Rules): boolean {
  const compile = engine.compileEnvironmentDocument as (
    document: unknown,
  ) => ReturnType<Engine["compileEnvironmentDocument"]>;
  const environment = compile(one.document).value;
  if (environment === undefined) return true;
  const identity = { identifier: one.identifier, traits: one.traits } as never;
  const all = environment.evaluate(identity);
  const alone = environment.evaluate(identity);
  const flags: readonly Named[] = all.flags();
  if (flags.some((flag) => JSON.stringify(alone.flag(flag.name)) !== JSON.stringify(flag)))
    return true;
  const byName = Object.fromEntries(flags.map((flag) => [flag.name, flag]));
  return isWrong({ flags: byName, segments: all.segments() }, acceptedResults(one, rules));
}

function wrongCells(ask: (context: unknown) => AnyResult, grid: Grid): string[] {
  const wrong: string[] = [];
  for (const [operator, rows] of Object.entries(grid.python)) {
    for (const [t, trait] of grid.traits.entries()) {
      for (const [v, value] of grid.values.entries()) {
        const verdict = rows[t]?.[v];
        const ours = ask(cell(operator, trait, value)).segments.length === 1 ? "T" : "F";
        if (ours === verdict || isFree(operator, value, verdict)) continue;
        wrong.push(JSON.stringify({ operator, trait, value, verdict }));
      }
    }
  }
  return wrong;
}

/** Cells where the official engine raises, or whose outcome is not ruled. */
function isFree(operator: string, value: string, verdict: string | undefined): boolean {
  return verdict === "!" || (operator === "CONTAINS" && value.endsWith(":semver"));
}

function cell(operator: string, trait: unknown, value: string) {
  const rules = [{ type: "ALL", conditions: [{ property: "trait", operator, value }] }];
  return {
    environment: { key: "e", name: "e" },
    identity: { identifier: "i", key: "k", traits: { trait } },
    segments: { s: { key: "s", name: "s", rules } },
  };
}
