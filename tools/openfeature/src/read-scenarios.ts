import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CucumberExpression, ParameterTypeRegistry } from "@cucumber/cucumber-expressions";
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from "@cucumber/gherkin";
import type { GherkinDocument, Pickle, PickleStep } from "@cucumber/messages";
import type { Scenario, ScenarioStep } from "./scenario.ts";
import { expressions } from "./steps.ts";

/** The feature files about providers. The others test the SDK alone. */
const features = ["evaluation_v2.feature", "metadata.feature", "hooks.feature"];

/** OpenFeature's files. */
export interface SpecificationFiles {
  readonly scenarios: readonly Scenario[];
  /** The flags that the scenarios expect, as in the file. */
  readonly testFlags: unknown;
}

/** Reads OpenFeature's scenarios with Cucumber's own parser. Returns `undefined` if the folder is missing. */
export function readSpecification(folder: string): SpecificationFiles | undefined {
  if (!existsSync(folder)) return undefined;
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const scenarios = features.flatMap((feature) => parseFeature(read(feature), feature));
  const names = new Set(scenarios.map(({ name }) => name));
  if (names.size !== scenarios.length) throw new Error("Two scenarios have the same name.");
  return { scenarios, testFlags: JSON.parse(read("test-flags.json")) };
}

function parseFeature(text: string, uri: string): Scenario[] {
  const parser = new Parser(new AstBuilder(randomUUID), new GherkinClassicTokenMatcher());
  const document = parser.parse(text);
  const rows = readExampleRows(document);
  return compile(document, uri, randomUUID).map((pickle: Pickle): Scenario => {
    const cells = pickle.astNodeIds.map((id) => rows.get(id)).find((row) => row !== undefined);
    // The first two cells tell the rows of an outline apart.
    const row = cells?.slice(0, 2).join(", ");
    const name = row === undefined ? pickle.name : `${pickle.name} (${row})`;
    return { name, steps: pickle.steps.map(matchStep) };
  });
}

function readExampleRows({ feature }: GherkinDocument): ReadonlyMap<string, readonly string[]> {
  const examples = feature?.children.flatMap(({ scenario }) => scenario?.examples ?? []) ?? [];
  const rows = examples.flatMap(({ tableBody }) => tableBody);
  return new Map(rows.map(({ id, cells }) => [id, cells.map(({ value }) => value)]));
}

const registry = new ParameterTypeRegistry();
const definitions = expressions.map((source) => new CucumberExpression(source, registry));

function matchStep({ text, argument }: PickleStep): ScenarioStep {
  for (const definition of definitions) {
    const args = definition.match(text);
    if (args === null) continue;
    const rows = argument?.dataTable?.rows ?? [];
    return {
      expression: definition.source,
      args: args.map((arg) => String(arg.getValue(null))),
      rows: rows.map(({ cells }) => cells.map(({ value }) => value)),
    };
  }
  throw new Error(`No definition matches the step "${text}".`);
}
