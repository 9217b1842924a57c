import { Flagsmith } from "@flagsmith-isomorphic/node";
import { type ApiData, createAccessProof } from "flags";
import { createFlagsDiscoveryEndpoint } from "flags/next";
import * as v from "valibot";
import { expect, expectTypeOf, it } from "vitest";
import { FlagsmithAdapter } from "../src/flagsmith-adapter.ts";
import { appFlags, secret, setUp } from "./support/set-up.ts";

const dashboardUrl = "https://app.flagsmith.com/project/12/environment/client-key/";
const down = { kind: "status", status: 503 } as const;

/** The response of the discovery endpoint, as the Flags SDK documents it. No other members are allowed. */
const json = v.custom<unknown>((value) => value !== undefined);
const apiDataSchema = v.strictObject({
  definitions: v.optional(
    v.record(
      v.string(),
      v.strictObject({
        options: v.optional(
          v.array(v.strictObject({ value: json, label: v.optional(v.string()) })),
        ),
        origin: v.optional(v.pipe(v.string(), v.url())),
        description: v.optional(v.string()),
        declaredInCode: v.optional(v.boolean()),
        defaultValue: v.optional(json),
        updatedAt: v.optional(v.number()),
        createdAt: v.optional(v.number()),
      }),
    ),
  ),
  hints: v.optional(v.array(v.strictObject({ key: v.string(), text: v.string() }))),
  overrideEncryptionMode: v.optional(v.picklist(["encrypted", "plaintext"])),
});

it("the discovery endpoint answers with the toolbar's schema, to the toolbar only", async () => {
  const { flagsmithAdapter } = setUp({ adapter: { dashboardUrl } });
  const endpoint = createFlagsDiscoveryEndpoint(() => flagsmithAdapter.getProviderData(appFlags), {
    secret,
  });
  const get = async (authorization: string) => {
    const headers = { authorization };
    const url = "https://app.example/.well-known/vercel/flags";
    return endpoint(new Request(url, { headers }) as Parameters<typeof endpoint>[0]);
  };
  expect((await get("Bearer wrong")).status).toBe(401);
  const response = await get(`Bearer ${await createAccessProof(secret)}`);
  expect(response.headers.get("content-type")).toBe("application/json");
  const data = v.parse(apiDataSchema, await response.json());
  expect(Object.keys(data.definitions ?? {})).toEqual([
    "dark_mode",
    "max_items",
    "greeting",
    "banner",
    "sale",
    "tier",
  ]);
  expectTypeOf<v.InferOutput<typeof apiDataSchema>["hints"]>().toEqualTypeOf<ApiData["hints"]>();
});

it("features have their values, variants and segments as options, and a link", async () => {
  const { flagsmithAdapter } = setUp({ adapter: { dashboardUrl } });
  const { definitions, hints } = await flagsmithAdapter.getProviderData();
  expect(hints).toEqual([]);
  expect(definitions).toMatchObject({
    dark_mode: {
      options: [
        { value: false, label: "Off" },
        { value: true, label: "On" },
      ],
      origin: "https://app.flagsmith.com/project/12/environment/client-key/features?feature=1",
    },
    max_items: {
      options: [
        { value: 25, label: "environment" },
        { value: 50, label: "segment gold" },
      ],
    },
    sale: { options: [{ value: "20 %", label: "environment" }] },
    tier: {
      options: [
        { value: "free", label: "control" },
        { value: "pro", label: "big, 30 %" },
        { value: "team", label: "variant, 20 %" },
      ],
    },
  });
});

it("defined flags have the type, default and description of the definition", async () => {
  const { api, flagsmithAdapter } = setUp();
  api.updateDocument(({ feature_states: states }) => {
    states.splice(2, 1);
    for (const state of states) if (state.feature.name === "tier") state.feature_state_value = "";
  });
  const { definitions, hints } = await flagsmithAdapter.getProviderData(appFlags);
  expect(definitions).toMatchObject({
    dark_mode: {
      description: "Dark theme",
      declaredInCode: true,
      defaultValue: false,
      options: [
        { value: false, label: "Off" },
        { value: true, label: "On" },
      ],
    },
    max_items: { options: [{ value: 25 }, { value: 50 }, { value: 10, label: "default in code" }] },
    banner: {
      options: [
        { value: { title: "Banner" }, label: "environment" },
        { value: { title: "" }, label: "default in code" },
      ],
    },
    tier: {
      options: [
        { value: "pro", label: "big, 30 %" },
        { value: "team", label: "variant, 20 %" },
        { value: "free", label: "default in code" },
      ],
    },
    greeting: { options: [{ value: "Hi", label: "default in code" }], declaredInCode: true },
  });
  expect(definitions["sale"]).not.toHaveProperty("declaredInCode");
  expect(definitions["greeting"]).not.toHaveProperty("origin");
  expect(hints).toEqual([
    {
      key: "flagsmith/unknown-feature/greeting",
      text: 'The environment in Flagsmith has no feature "greeting".',
    },
  ]);
});

it("a value of another type than that of the definition is no option", async () => {
  const { api, flagsmithAdapter } = setUp();
  api.updateDocument(({ feature_states: states }) => {
    const state = states.find(({ feature }) => feature.name === "max_items");
    if (state) state.feature_state_value = "many";
  });
  const { definitions } = await flagsmithAdapter.getProviderData(appFlags);
  expect(definitions?.["max_items"]?.options).toEqual([
    { value: 50, label: "segment gold" },
    { value: 10, label: "default in code" },
  ]);
});

it("a value that occurs twice is one option, and an empty one is a toggle's", async () => {
  const { api, flagsmithAdapter } = setUp();
  api.updateDocument(({ feature_states: states }) => {
    for (const state of states) {
      if (state.feature.name === "max_items") state.feature_state_value = 50;
      if (state.feature.name === "greeting") state.feature_state_value = "";
    }
  });
  const { definitions } = await flagsmithAdapter.getProviderData();
  expect(definitions?.["max_items"]?.options).toEqual([{ value: 50, label: "environment" }]);
  expect(definitions?.["greeting"]?.options).toEqual([
    { value: false, label: "Off" },
    { value: true, label: "On" },
  ]);
});

it("an empty value is an option beside those of segments", async () => {
  const { api, flagsmithAdapter } = setUp();
  api.updateDocument(({ feature_states: states }) => {
    const state = states.find(({ feature }) => feature.name === "max_items");
    if (state) state.feature_state_value = null;
  });
  const { definitions } = await flagsmithAdapter.getProviderData();
  expect(definitions?.["max_items"]?.options).toEqual([
    { value: null, label: "environment" },
    { value: 50, label: "segment gold" },
  ]);
});

it("a defined feature that is missing links to the list of features", async () => {
  const { api, flagsmithAdapter } = setUp({ adapter: { dashboardUrl } });
  api.updateDocument(({ feature_states: states }) => states.splice(2, 1));
  const { definitions } = await flagsmithAdapter.getProviderData(appFlags);
  expect(definitions["greeting"]?.origin).toBe(`${dashboardUrl}features`);
});

it("a document that could not be refreshed is a hint", async () => {
  const { api, flagsmith, flagsmithAdapter } = setUp();
  await flagsmith.ready();
  api.failNext(1, down);
  await flagsmith.updateEnvironment().catch(() => undefined);
  const { definitions, hints } = await flagsmithAdapter.getProviderData();
  expect(definitions).toHaveProperty("max_items");
  expect(hints).toEqual([
    { key: "flagsmith/unavailable", text: expect.stringMatching(/missing or outdated.*503/) },
  ]);
});

it("remote evaluation lists the values of the environment", async () => {
  const { flagsmithAdapter } = setUp({ client: { enableLocalEvaluation: false } });
  const { definitions } = await flagsmithAdapter.getProviderData();
  expect(definitions["max_items"]).toEqual({ options: [{ value: 25, label: "environment" }] });
});

it("the toolbar is no evaluation of the application", async () => {
  const evaluated: string[] = [];
  const onFlagEvaluated = ({ featureName }: { readonly featureName: string }) =>
    void evaluated.push(featureName);
  const { flagsmithAdapter } = setUp({ client: { onFlagEvaluated } });
  await flagsmithAdapter.getProviderData(appFlags);
  expect(evaluated).toEqual([]);
});

it.each([
  { client: {} },
  { client: { enableLocalEvaluation: false } },
  { client: { onFailure: "empty" } as const },
])("a failure is a hint without secrets: %o", async ({ client }) => {
  const { api, flagsmith, flagsmithAdapter } = setUp({ client });
  api.failNext(Number.POSITIVE_INFINITY, down);
  const { definitions, hints } = await flagsmithAdapter.getProviderData(appFlags);
  expect(Object.keys(definitions)).toEqual(Object.keys(appFlags.definitions));
  expect(hints).toEqual([
    { key: "flagsmith/unavailable", text: expect.stringMatching(/missing or outdated.*503/) },
  ]);
  expect(JSON.stringify(hints)).not.toContain(api.environmentKey);
  await flagsmith.close();
});

it("a client that cannot be created is a hint", async () => {
  const flagsmithAdapter = new FlagsmithAdapter(() => new Flagsmith({ environmentKey: undefined }));
  const { hints } = await flagsmithAdapter.getProviderData(appFlags);
  expect(hints).toEqual([
    { key: "flagsmith/unavailable", text: expect.stringContaining("environmentKey is required") },
  ]);
});

it("a dashboardUrl that is no address is refused", () => {
  const { flagsmith } = setUp();
  for (const dashboardUrl of ["app.flagsmith.com", "javascript:alert('https:')", "https://"]) {
    expect(() => new FlagsmithAdapter(flagsmith, { dashboardUrl })).toThrow(
      "Option dashboardUrl is not an http(s) address.",
    );
  }
});
