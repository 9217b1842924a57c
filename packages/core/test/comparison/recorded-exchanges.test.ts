import { hasCorpora, readJson } from "corpora/read";
import { describe, expect, test } from "vitest";
import type { EnvironmentDocument } from "../../src/engine/index.ts";
import { allowNoUnhandledRejection, fixedRandom, json } from "../fake-platform.ts";
import { comparingClient } from "./fake-comparison.ts";

interface Exchange {
  readonly name: string;
  readonly request: {
    readonly headers: Record<string, string>;
    readonly body: {
      readonly identifier: string;
      readonly traits?: readonly { readonly trait_key: string; readonly trait_value: never }[];
    };
  };
  readonly response: { readonly status: number; readonly body: object };
}

/** Exchanges in which local evaluation differs: JSON.parse makes 42.0 an integer, and the API trims identifiers. */
const different: readonly string[] = [
  "age as float 42.0",
  "score below",
  "account float",
  "identifier with spaces around",
];

allowNoUnhandledRejection();
fixedRandom();

describe.skipIf(!hasCorpora)("recorded exchanges", () => {
  test("that agree are not reported, the others are", async () => {
    const exchanges = readJson<Exchange[]>("server", "identities.json");
    const documents = new Map(
      ["environment-document.json", "environment-documents.json"]
        .flatMap((file) => readJson<Exchange[]>("server", file))
        .map(({ request, response }) => [
          request.headers["X-Environment-Key"],
          withoutFlagConditions(response.body as EnvironmentDocument),
        ]),
    );
    const found = await Promise.all(
      exchanges.map(async ({ name, request, response }) => {
        const { flagsmith, platform, compared } = comparingClient(({ url }) =>
          json(
            url.includes("document")
              ? documents.get(request.headers["X-Environment-Key"])
              : response.body,
          ),
        );
        const { identifier, traits = [] } = request.body;
        const given = Object.fromEntries(
          traits.map(({ trait_key, trait_value }) => [trait_key, trait_value]),
        );
        await flagsmith.getIdentityFlags(identifier, given);
        await platform.clock.advance(90_000);
        await flagsmith.getIdentityFlags(identifier, given);
        await platform.clock.advance(1000);
        await flagsmith.close();
        expect(compared.counts(), name).toMatchObject({ compared: 2, failed: 0 });
        return compared.counts().reported > 0 ? [name] : [];
      }),
    );
    expect(exchanges).toHaveLength(81);
    expect(found.flat().sort()).toEqual([...different].sort());
  });
});

/** The engine of the recorded server does not know `$.flags`: there the condition never matches. */
function withoutFlagConditions(document: EnvironmentDocument): EnvironmentDocument {
  const segments = document.project.segments.map((segment) =>
    segment.name === "flag_dependency" ? { ...segment, rules: [] } : segment,
  );
  return { ...document, project: { ...document.project, segments } };
}
