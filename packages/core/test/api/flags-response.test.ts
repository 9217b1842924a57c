import { expect, it } from "vitest";
import { parseFlags, parseIdentityFlags } from "../../src/api/flags-api.ts";
import { apiFlag, client, failureOf, fakePlatform, json, settle } from "../fake-platform.ts";

it("reads what a flag of flags/ says", () => {
  expect(parseFlags([apiFlag("banner", { feature_state_value: "blue", enabled: false })])).toEqual([
    {
      featureName: "banner",
      featureId: 3,
      enabled: false,
      value: "blue",
      isDefault: false,
      reason: undefined,
      variant: null,
      experiment: undefined,
    },
  ]);
});

it.each(["blue", "", 0, 42, 1.5, false, true, null])("keeps the value %j as it is", (value) => {
  expect(parseFlags([apiFlag("banner", { feature_state_value: value })])?.[0]?.value).toBe(value);
});

it("keeps reason, variant and experiment of an identity's flag", () => {
  const metadata = {
    experiment: { id: 5, name: "colours", in_experiment: true, more: 1 },
    more: 1,
  };
  const flag = apiFlag("banner", { reason: "SPLIT; weight=30", variant: "red", metadata });
  expect(parseIdentityFlags({ flags: [flag] })?.[0]).toMatchObject({
    reason: "SPLIT; weight=30",
    variant: "red",
    experiment: { id: 5, name: "colours", inExperiment: true },
  });
});

it.each([
  [
    { id: "exp-1", in_experiment: false },
    { id: "exp-1", name: undefined, inExperiment: false },
  ],
  [
    { id: 5, name: null, in_experiment: true },
    { id: 5, name: undefined, inExperiment: true },
  ],
  [null, undefined],
  [undefined, undefined],
])("reads the experiment %j", (experiment, expected) => {
  const flag = apiFlag("banner", { metadata: { experiment } });
  expect(parseIdentityFlags({ flags: [flag] })?.[0]?.experiment).toEqual(expected);
});

it("takes null for what the API may hide or leave out", () => {
  const flag = apiFlag("banner", {
    id: null,
    feature: { id: null, name: "banner" },
    reason: null,
    variant: null,
    metadata: null,
  });
  expect(parseFlags([flag])?.[0]).toMatchObject({
    featureId: undefined,
    reason: undefined,
    variant: null,
    experiment: undefined,
  });
  expect(parseFlags([apiFlag("x", { feature: { name: "x" } })])?.[0]?.featureId).toBeUndefined();
});

it("is loose about members that it does not know, wherever they are", () => {
  const flag = apiFlag("banner", {
    feature: { id: 3, name: "banner", type: ["anything"], owners: null },
    multivariate: [{}],
    environment: "production",
  });
  const plain = parseFlags([apiFlag("banner")]);
  expect(parseFlags([flag])).toEqual(plain);
  expect(parseIdentityFlags({ flags: [flag], traits: "whatever", identity: 42 })).toEqual(plain);
});

it("reads no flags at all", () => {
  expect(parseFlags([])).toEqual([]);
  expect(parseIdentityFlags({ flags: [] })).toEqual([]);
});

const badFlags: readonly unknown[] = [
  null,
  "banner",
  42,
  [],
  {},
  { feature: { id: 3, name: "banner" }, feature_state_value: "on" },
  apiFlag("banner", { enabled: "true" }),
  apiFlag("banner", { enabled: 1 }),
  apiFlag("banner", { enabled: null }),
  { feature: { id: 3, name: "banner" }, enabled: true },
  apiFlag("banner", { feature_state_value: {} }),
  apiFlag("banner", { feature_state_value: ["on"] }),
  { feature_state_value: "on", enabled: true },
  apiFlag("banner", { feature: null }),
  apiFlag("banner", { feature: "banner" }),
  apiFlag("banner", { feature: { id: 3 } }),
  apiFlag("banner", { feature: { id: 3, name: null } }),
  apiFlag("banner", { feature: { id: 3, name: 7 } }),
  apiFlag("banner", { feature: { id: "3", name: "banner" } }),
  apiFlag("banner", { reason: 7 }),
  apiFlag("banner", { variant: 7 }),
];

const badLists: readonly unknown[] = [
  undefined,
  null,
  "",
  "[]",
  42,
  true,
  {},
  { detail: "Missing identifier" },
  ...badFlags.map((flag) => [apiFlag("fine"), flag]),
];

it.each(badLists.map((body) => [JSON.stringify(body), body] as const))(
  "refuses %s for flags",
  (_text, body) => {
    expect(parseFlags(body)).toBeUndefined();
    expect(parseIdentityFlags({ flags: body })).toBeUndefined();
  },
);

it.each([null, [], [apiFlag("banner")], "x", 42, {}, { flags: {} }, { flags: null }])(
  "refuses %j for an identity's flags",
  (body) => {
    expect(parseIdentityFlags(body)).toBeUndefined();
  },
);

const html = "<!doctype html><title>Sign in</title>";

it.each([
  ["HTML", () => new Response(html, { headers: { "Content-Type": "text/html" } })],
  [
    "HTML that says it is JSON",
    () => new Response(html, { headers: { "Content-Type": "application/json" } }),
  ],
  ["an empty body", () => new Response("")],
  ["no body", () => new Response(null, { status: 204 })],
  ["null", () => json(null)],
  ["a bare string", () => json("ok")],
  ["truncated JSON", () => new Response('[{"feature":')],
  ["two JSON texts", () => new Response("[][]")],
  ["another shape", () => json({ hello: 1 })],
  ["one bad flag among good ones", () => json([apiFlag("fine"), apiFlag("bad", { enabled: 1 })])],
])("makes %s an INVALID_RESPONSE with its status, without a retry", async (_name, answer) => {
  for (const ask of ["getEnvironmentFlags", "getIdentityFlags"] as const) {
    const platform = fakePlatform(() => answer());
    const error = await failureOf(client(platform)[ask]("user" as never));
    expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "INVALID_RESPONSE" });
    expect(error).toMatchObject({ status: answer().status });
    expect(error.message).toContain("https://flags.example/api/v1/");
    await settle();
    expect(platform.requests).toHaveLength(1);
    expect(platform.clock.pending).toBe(0);
  }
});

it("reads JSON behind a byte order mark, whatever its content type", async () => {
  const text = `\ufeff${JSON.stringify([apiFlag("banner")])}`;
  const platform = fakePlatform(
    () => new Response(text, { headers: { "Content-Type": "text/plain" } }),
  );
  const flags = await client(platform).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});

it.each([
  "x",
  { experiment: "x" },
  { experiment: {} },
  { experiment: { id: 5, name: "x" } },
  { experiment: { id: null, in_experiment: true } },
  { experiment: { id: 5, in_experiment: null } },
  { experiment: { id: 5, name: 7, in_experiment: true } },
])("knows no experiment by metadata that is %j, and takes the flag", (metadata) => {
  const [flag] = parseFlags([apiFlag("banner", { metadata })]) ?? [];
  expect(flag).toMatchObject({ featureName: "banner", experiment: undefined });
});
