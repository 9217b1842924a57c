import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createOfrepHandler, type OfrepHandlerOptions } from "@flagsmith-isomorphic/core/ofrep";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { document } from "./support/environment.ts";
import { createClient } from "./support/provider.ts";

const file = join(`${process.env["FLAGSMITH_SHARED"]}`, "data/openfeature/ofrep-openapi.yaml");
const isAvailable = existsSync(file);

/** Reads the schemas by the path and the status of a response. */
function createValidator() {
  const description = parse(readFileSync(file, "utf8"));
  // `codeDefaultFlag` has no members, so that it also matches each flag with a value, and integers are floats as well.
  const { evaluationSuccess } = description.components.schemas;
  evaluationSuccess.allOf = evaluationSuccess.allOf.map(
    ({ oneOf, ...schema }: { readonly oneOf?: unknown }) => (oneOf ? { anyOf: oneOf } : schema),
  );
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(description, "ofrep");
  return (isSingle: boolean, status: number, body: unknown) => {
    const path = `~1ofrep~1v1~1evaluate~1flags${isSingle ? "~1%7Bkey%7D" : ""}`;
    const schema = `ofrep#/paths/${path}/post/responses/${status}/content/application~1json/schema`;
    const validate = ajv.getSchema(schema);
    if (validate === undefined) throw new Error(`There is no ${schema}.`);
    return { isValid: validate(body), errors: validate.errors };
  };
}

const features = document.feature_states.map(({ feature }) => `/${feature.name}`);
const user = { targetingKey: "user-42", plan: "gold" };

const requests: readonly [string, string, unknown, Partial<OfrepHandlerOptions>][] = [
  ...["", ...features].map((path): (typeof requests)[number] => [
    path,
    "a user",
    { context: user },
    {},
  ]),
  ["", "declared types", { context: user }, { types: { string: "number", number: "string" } }],
  ["/string", "another type", { context: user }, { types: { string: "number" } }],
  ["/string", "no JSON", { context: user }, { types: { string: "object" } }],
  ["/unknown", "an unknown feature", { context: user }, {}],
  ...["", "/string"].flatMap((path): typeof requests => [
    [path, "no context", {}, {}],
    [path, "no JSON", "{", {}],
    [path, "no targeting key", { context: {} }, {}],
    [path, "an invalid targeting key", { context: { targetingKey: 5 } }, {}],
    [path, "an anonymous user", { context: {} }, { anonymous: true }],
    [path, "a public handler", { context: user }, { public: true }],
  ]),
];

it.skipIf(!isAvailable)("responses match the API description of OFREP", async () => {
  const validate = createValidator();
  // Positive control: the validator refuses other bodies.
  expect(validate(true, 200, { key: "a", value: 1, reason: "DEFAULT" }).isValid).toBe(false);
  expect(validate(false, 200, { flags: [{ key: "a" }] }).isValid).toBe(false);
  expect(validate(true, 400, { errorCode: "GENERAL" }).isValid).toBe(false);

  const seen = new Set<string>();
  for (const [path, name, body, options] of requests) {
    const flagsmith = createClient(createFlagsmithApi({ document }));
    const token = options.public ? undefined : "secret-token";
    const handle = createOfrepHandler({ flagsmith, token, ...options });
    const request = new Request(`https://edge.example/ofrep/v1/evaluate/flags${path}`, {
      method: "POST",
      headers: { "X-API-Key": "secret-token" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const response = await handle(request);
    const result = validate(path !== "", response.status, await response.json());
    expect(result, `${path}: ${name}, ${response.status}`).toEqual({ isValid: true, errors: null });
    seen.add(`${path === "" ? "all" : "one"} ${response.status}`);
  }
  expect([...seen].sort()).toEqual(["all 200", "all 400", "one 200", "one 400", "one 404"]);
});

it.skipIf(!isAvailable)("failures match the API description of OFREP", async () => {
  const validate = createValidator();
  const api = createFlagsmithApi({ document });
  const flagsmith = createClient(api, { fetch: async () => new Response("", { status: 503 }) });
  const handle = createOfrepHandler({ flagsmith, public: true });
  for (const path of ["", "/string"]) {
    const url = `https://edge.example/ofrep/v1/evaluate/flags${path}`;
    const response = await handle(
      new Request(url, { method: "POST", body: JSON.stringify({ context: user }) }),
    );
    expect(response.status).toBe(500);
    const result = validate(path !== "", 500, await response.json());
    expect(result).toEqual({ isValid: true, errors: null });
  }
});
