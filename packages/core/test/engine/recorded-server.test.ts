import { hasCorpora, readJson } from "corpora/read";
import { describe, expect, test } from "vitest";
import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type Trait,
  type TraitValue,
} from "../../src/engine/index.ts";

/** What one recorded request to a real server was and brought. */
interface Exchange {
  readonly name: string;
  readonly request: { readonly headers: Record<string, string>; readonly body: unknown };
  readonly response: { readonly status: number; readonly body: unknown };
}

interface Question {
  readonly document: EnvironmentDocument;
  readonly identifier: string;
  readonly traits: Readonly<Record<string, Trait>>;
}

interface TraitItem {
  readonly trait_key: string;
  readonly trait_value: TraitValue;
}

interface ServerFlag {
  readonly feature: { readonly name: string };
  readonly enabled: boolean;
  readonly feature_state_value: unknown;
  readonly variant: string | null;
}

/** Why local evaluation may differ from the server, and what has to be changed in a question to show it. */
const CAUSES = {
  /** The server remembers traits of earlier requests, and says in its answer which it used. */
  "stored traits": (question: Question, exchange: Exchange): Question => {
    const { traits } = exchange.response.body as { readonly traits: readonly TraitItem[] };
    return { ...question, traits: { ...toTraits(traits), ...question.traits } };
  },
  /** JSON.parse makes 7.0 an integer; a text of that form is the float that the server saw. */
  "floats without fraction": (question: Question): Question => ({
    ...question,
    traits: Object.fromEntries(
      Object.entries(question.traits).map(([name, value]) =>
        Number.isInteger(value) ? [name, `${String(value)}.0`] : [name, value],
      ),
    ),
  }),
  "no identifier trimming": (question: Question): Question => ({
    ...question,
    identifier: question.identifier.trim(),
  }),
} as const;

type Cause = keyof typeof CAUSES;

const EXCEPTIONS: Readonly<Record<string, Cause>> = {
  "same identity again, fewer traits (others persist)": "stored traits",
  "same identity again, null removes a trait": "stored traits",
  "same identity again, nothing sent": "stored traits",
  "same identity, transient: stored traits still count": "stored traits",
  "same identity, the transient trait was not kept": "stored traits",
  "transient identity with overrides": "stored traits",
  "transient traits were not kept": "stored traits",
  "age as float 42.0": "floats without fraction",
  "score below": "floats without fraction",
  "account float": "floats without fraction",
  "identifier with spaces around": "no identifier trimming",
};

/** The recorded server's engine knows no `$.flags`: the condition never holds there. */
const READS_FLAGS = "flag_dependency";

describe.skipIf(!hasCorpora)("a recorded server", () => {
  const exchanges = hasCorpora ? readJson<Exchange[]>("server", "identities.json") : [];
  const documents = new Map(
    (hasCorpora ? ["environment-document.json", "environment-documents.json"] : [])
      .flatMap((file) => readJson<Exchange[]>("server", file))
      .map(({ request, response }) => [
        request.headers["X-Environment-Key"],
        response.body as EnvironmentDocument,
      ]),
  );

  test("serves documents that all compile, with one bad pattern", () => {
    expect(documents.size).toBe(9);
    for (const document of documents.values()) {
      const { problems = [], refused } = compileEnvironmentDocument(document);
      expect(refused).toBeUndefined();
      for (const { path, message } of problems) {
        expect(path).toBe("project.segments[62].rules[0].rules[0].conditions[1].value");
        expect(message).toBe("invalid at its end");
      }
    }
  });

  test.each(exchanges)("gives the flags that local evaluation gives: $name", (exchange) => {
    const asked = questionOf(exchange);
    const cause = EXCEPTIONS[exchange.name];
    const explained = cause === undefined ? asked : CAUSES[cause](asked, exchange);
    expect(differences(explained, exchange)).toEqual([]);
    // An exception that is none any more has to go.
    if (cause !== undefined) expect(differences(asked, exchange)).not.toEqual([]);
  });

  test('differs in nothing else than a condition on a flag and "control" without variants', () => {
    const exchange = exchanges.find(
      ({ name }) => name === "alice: identity overrides beat segments",
    );
    if (exchange === undefined) throw new Error("no such exchange");
    const { document, identifier, traits } = questionOf(exchange);
    const environment = compiled(
      documents.get(exchange.request.headers["X-Environment-Key"]) ?? document,
    );
    const evaluation = environment.evaluate({ identifier, traits });
    const server = serverFlags(exchange);
    expect(evaluation.flag("in_flag_dependency")?.enabled).toBe(true);
    expect(server.get("in_flag_dependency")?.enabled).toBe(false);
    expect(evaluation.flag("mv_segment_no_weights")?.variant).toBeNull();
    expect(server.get("mv_segment_no_weights")?.variant).toBe("control");
  });

  function questionOf({ request }: Exchange): Question {
    const body = request.body as {
      readonly identifier: string;
      readonly traits?: readonly TraitItem[];
    };
    const document = documents.get(request.headers["X-Environment-Key"]);
    if (document === undefined) throw new Error("no document for the exchange");
    return {
      document: withoutFlagConditions(document),
      identifier: body.identifier,
      traits: toTraits(body.traits ?? []),
    };
  }
});

function differences({ document, identifier, traits }: Question, exchange: Exchange): unknown[] {
  const evaluation = compiled(document).evaluate({ identifier, traits });
  const server = serverFlags(exchange);
  const names = evaluation.flags().map(({ name }) => name);
  expect(names.sort()).toEqual([...server.keys()].sort());
  return evaluation.flags().flatMap((ours) => {
    const theirs = server.get(ours.name);
    const variant = isControlWithoutVariants(document, ours) ? "control" : ours.variant;
    const same =
      theirs?.enabled === ours.enabled &&
      theirs.feature_state_value === ours.value &&
      theirs.variant === variant;
    return same ? [] : [{ ours, theirs }];
  });
}

/** The server calls a multivariate feature's override "control" even where it brings no variants. */
function isControlWithoutVariants(
  { feature_states }: EnvironmentDocument,
  { name, variant, reason }: { name: string; variant: string | null; reason: string },
): boolean {
  const base = feature_states.find(({ feature }) => feature.name === name);
  const isMultivariate = (base?.multivariate_feature_state_values ?? []).length > 0;
  return isMultivariate && variant === null && reason.startsWith("TARGETING_MATCH");
}

function withoutFlagConditions(document: EnvironmentDocument): EnvironmentDocument {
  const segments = document.project.segments.map((segment) =>
    segment.name === READS_FLAGS ? { ...segment, rules: [] } : segment,
  );
  return { ...document, project: { ...document.project, segments } };
}

function compiled(document: EnvironmentDocument): CompiledEnvironment {
  const { value } = compileEnvironmentDocument(document);
  if (value === undefined) throw new Error("the document was refused");
  return value;
}

function serverFlags({ response }: Exchange): Map<string, ServerFlag> {
  const { flags } = response.body as { readonly flags: readonly ServerFlag[] };
  return new Map(flags.map((flag) => [flag.feature.name, flag]));
}

function toTraits(items: readonly TraitItem[]): Record<string, TraitValue> {
  return Object.fromEntries(items.map(({ trait_key, trait_value }) => [trait_key, trait_value]));
}
