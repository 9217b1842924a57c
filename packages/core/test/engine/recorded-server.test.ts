import { hasCorpora, readJson } from "corpora/read";
import { describe, expect, test } from "vitest";
import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type TraitInput,
  type TraitValue,
} from "../../src/engine/index.ts";

/** A recorded request to a real server, and its response. */
interface Exchange {
  readonly name: string;
  readonly request: { readonly headers: Record<string, string>; readonly body: unknown };
  readonly response: { readonly status: number; readonly body: unknown };
}

interface Input {
  readonly document: EnvironmentDocument;
  readonly identifier: string;
  readonly traits: Readonly<Record<string, TraitInput>>;
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

/** Reasons why local evaluation differs from the server, each with the change of the input that proves it. */
const causes = {
  /** The server stores traits of earlier requests. Its response lists the traits that it used. */
  "stored traits": (input: Input, exchange: Exchange): Input => {
    const { traits } = exchange.response.body as { readonly traits: readonly TraitItem[] };
    return { ...input, traits: { ...toTraits(traits), ...input.traits } };
  },
  /** JSON.parse makes 7.0 an integer. The text "7.0" is evaluated as the float that the server received. */
  "floats without fraction": (input: Input): Input => ({
    ...input,
    traits: Object.fromEntries(
      Object.entries(input.traits).map(([name, value]) =>
        Number.isInteger(value) ? [name, `${String(value)}.0`] : [name, value],
      ),
    ),
  }),
  "no identifier trimming": (input: Input): Input => ({
    ...input,
    identifier: input.identifier.trim(),
  }),
} as const;

type Cause = keyof typeof causes;

const exceptions: Readonly<Record<string, Cause>> = {
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

/** The engine of the recorded server does not know `$.flags`: there the condition never matches. */
const segmentWithFlags = "flag_dependency";

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

  test("serves documents that compile, with one invalid pattern", () => {
    expect(documents.size).toBe(9);
    for (const document of documents.values()) {
      const { problems = [], refused } = compileEnvironmentDocument(document);
      expect(refused).toBeUndefined();
      for (const { message } of problems) {
        expect(message).toBe(
          'Segment "bad_regex" (id 63): the REGEX condition on "never_sent" is invalid ("[": missing "]"). The segment matches only if its other conditions are enough.',
        );
      }
    }
  });

  test.each(exchanges)("returns the same flags as local evaluation: $name", (exchange) => {
    const input = toInput(exchange);
    const cause = exceptions[exchange.name];
    const changed = cause === undefined ? input : causes[cause](input, exchange);
    expect(differences(changed, exchange)).toEqual([]);
    // Otherwise the exception is obsolete.
    if (cause !== undefined) expect(differences(input, exchange)).not.toEqual([]);
  });

  test('differs only in conditions on flags, and "control" without variants', () => {
    const exchange = exchanges.find(
      ({ name }) => name === "alice: identity overrides beat segments",
    );
    if (exchange === undefined) throw new Error("no such exchange");
    const { document, identifier, traits } = toInput(exchange);
    const environment = compileDocument(
      documents.get(exchange.request.headers["X-Environment-Key"]) ?? document,
    );
    const evaluation = environment.evaluate({ identifier, traits });
    const server = serverFlags(exchange);
    expect(evaluation.flag("in_flag_dependency")?.enabled).toBe(true);
    expect(server.get("in_flag_dependency")?.enabled).toBe(false);
    expect(evaluation.flag("mv_segment_no_weights")?.variant).toBeNull();
    expect(server.get("mv_segment_no_weights")?.variant).toBe("control");
  });

  function toInput({ request }: Exchange): Input {
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

function differences({ document, identifier, traits }: Input, exchange: Exchange): unknown[] {
  const evaluation = compileDocument(document).evaluate({ identifier, traits });
  const server = serverFlags(exchange);
  const names = evaluation.flags().map(({ name }) => name);
  expect(names.sort()).toEqual([...server.keys()].sort());
  return evaluation.flags().flatMap((ours) => {
    const theirs = server.get(ours.name);
    const variant = isControlWithoutVariants(document, ours) ? "control" : ours.variant;
    const isSame =
      theirs?.enabled === ours.enabled &&
      theirs.feature_state_value === ours.value &&
      theirs.variant === variant;
    return isSame ? [] : [{ ours, theirs }];
  });
}

/** The server returns "control" for an override without variants if the feature has variants. */
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
    segment.name === segmentWithFlags ? { ...segment, rules: [] } : segment,
  );
  return { ...document, project: { ...document.project, segments } };
}

function compileDocument(document: EnvironmentDocument): CompiledEnvironment {
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
