import { expect, it } from "vitest";
import { updatedAt } from "../fake-environment.ts";
import { createOfrep, document, token } from "./ofrep-client.ts";

const version = { version: updatedAt, flagSetId: "Test" };

it.each([
  ["toggle", { value: true, reason: "STATIC", variant: "on" }],
  ["toggle_off", { value: false, reason: "STATIC", variant: "off" }],
  ["text", { value: "blue", reason: "STATIC" }],
  ["text_off", { reason: "DISABLED" }],
  ["number", { value: 42, reason: "STATIC" }],
  ["boolean", { value: true, reason: "STATIC", variant: "on" }],
  ["object", { value: { title: "Hello" }, reason: "STATIC" }],
  ["array", { value: "[1]", reason: "STATIC" }],
  ["template", { value: "{name}", reason: "STATIC" }],
  ["fraction", { value: "0.5", reason: "STATIC" }],
  ["split", { value: "red", reason: "SPLIT", variant: "first" }],
  ["targeted", { value: "for all", reason: "UNKNOWN" }],
  ["server only", { value: "internal", reason: "STATIC" }],
  ["empty", { value: true, reason: "STATIC", variant: "on" }],
])("evaluates the feature %s", async (key, expected) => {
  const { evaluate } = createOfrep();
  const { status, body } = await evaluate(`/${encodeURIComponent(key)}`);
  const { metadata, ...flag } = body;
  expect(flag).toEqual({ key, ...expected });
  expect(metadata).toMatchObject({ ...version, enabled: !key.endsWith("off") });
  expect(status).toBe(200);
});

it("attributes of the context are traits", async () => {
  const { evaluate } = createOfrep();
  const { body } = await evaluate("/targeted", { targetingKey: "user-42", plan: "gold" });
  expect(body).toEqual({
    key: "targeted",
    value: "for gold",
    reason: "TARGETING_MATCH",
    metadata: {
      enabled: true,
      featureId: 12,
      flagsmithReason: "TARGETING_MATCH; segment=gold",
      ...version,
    },
  });
});

it("attributes that cannot be traits are dropped with a debug message", async () => {
  const { evaluate, logger } = createOfrep();
  const context = { targetingKey: "user-42", plan: "gold", nested: { a: 1 }, list: [1], no: null };
  expect((await evaluate("/targeted", context)).body.value).toBe("for gold");
  await evaluate("/targeted", context);
  const dropped = logger.lines.filter((line) => line.includes("attribute"));
  expect(dropped).toHaveLength(2);
  expect(dropped[0]).toContain('debug Flagsmith: attribute "nested"');
});

it("a long name of a dropped attribute is neither logged nor kept", async () => {
  const { evaluate, logger } = createOfrep();
  for (const end of ["a", "b"]) {
    await evaluate("/targeted", { targetingKey: "user-42", ["x".repeat(60_000) + end]: {} });
  }
  const dropped = logger.lines.filter((line) => line.includes("attribute"));
  expect(dropped.map((line) => line.length < 250)).toEqual([true]);
});

it.each([
  ["toggle", "string", "GENERAL", "is not a text"],
  ["text", "number", "GENERAL", "is not a number"],
  ["text", "object", "GENERAL", "is not an object or an array"],
  ["array", "object", "GENERAL", "is an array"],
  ["template", "object", "PARSE_ERROR", "is not valid JSON"],
] as const)("%s has no value of the type %s", async (key, type, errorCode, problem) => {
  const { evaluate } = createOfrep({ token, types: { [key]: type } });
  const { status, body } = await evaluate(`/${key}`);
  const errorDetails = `Feature "${key}": the value ${problem}.`;
  expect(body).toMatchObject({ key, errorCode, errorDetails, metadata: { enabled: true } });
  expect(status).toBe(400);
  const { flags } = (await evaluate("")).body;
  expect(flags).toContainEqual(expect.objectContaining({ key, errorCode, errorDetails }));
  expect(flags).toHaveLength(document.feature_states.length);
});

it.each([
  ["fraction", "number", 0.5],
  ["number", "string", "42"],
  ["object", "string", '{"title":"Hello"}'],
  ["object", "object", { title: "Hello" }],
  ["text", "boolean", true],
  ["text_off", "boolean", false],
] as const)("%s has a value of the type %s", async (key, type, value) => {
  const { evaluate } = createOfrep({ token, types: { [key]: type } });
  expect((await evaluate(`/${key}`)).body).toMatchObject({ key, value, reason: "STATIC" });
});

it("evaluates all flags, with the version of the environment", async () => {
  const { evaluate } = createOfrep();
  const { status, body } = await evaluate("", { targetingKey: "user-42", plan: "gold" });
  expect(status).toBe(200);
  expect(body.metadata).toEqual(version);
  const names = document.feature_states.map(({ feature }) => feature.name);
  expect(body.flags.map(({ key }: { key: string }) => key)).toEqual(names);
  expect(body.flags).toContainEqual({
    key: "targeted",
    value: "for gold",
    reason: "TARGETING_MATCH",
    metadata: { enabled: true, featureId: 12, flagsmithReason: "TARGETING_MATCH; segment=gold" },
  });
  expect(body.flags).toContainEqual({
    key: "text_off",
    reason: "DISABLED",
    metadata: { enabled: false, featureId: 4, flagsmithReason: "DEFAULT" },
  });
});

it("serves only the features of `only`", async () => {
  const { evaluate } = createOfrep({ token, only: ["text", "toggle"] });
  const { flags } = (await evaluate("")).body;
  expect(flags.map(({ key }: { key: string }) => key)).toEqual(["toggle", "text"]);
  expect((await evaluate("/text")).status).toBe(200);
  expect((await evaluate("/number")).status).toBe(404);
});

it("a public handler shows nothing about targeting, and no feature for servers", async () => {
  const { evaluate } = createOfrep({ public: true });
  const all = await evaluate("", { targetingKey: "user-42", plan: "gold" });
  const one = await evaluate("/targeted", { targetingKey: "user-42", plan: "gold" });
  expect(one.body.value).toBe("for gold");
  expect(JSON.stringify([all, one])).not.toMatch(/segment=|Test|internal|server only/);
  expect(await evaluate("/server%20only")).toMatchObject({
    status: 404,
    body: { key: "server only", errorCode: "FLAG_NOT_FOUND" },
  });
});

it("a default flag replaces an unknown feature, with the reason UNKNOWN", async () => {
  const { evaluate } = createOfrep(
    { token },
    { defaultFlagHandler: (name) => ({ enabled: name === "known", value: "default" }) },
  );
  expect((await evaluate("/known")).body).toMatchObject({ value: "default", reason: "UNKNOWN" });
  expect((await evaluate("/other")).body).toMatchObject({ key: "other", reason: "DISABLED" });
});

it("an anonymous context is refused, or evaluated with `anonymous`", async () => {
  const refused = await createOfrep().evaluate("/targeted", { plan: "gold" });
  expect(refused).toMatchObject({
    status: 400,
    body: { key: "targeted", errorCode: "TARGETING_KEY_MISSING" },
  });
  const { evaluate } = createOfrep({ token, anonymous: true });
  for (const context of [{ plan: "gold" }, { targetingKey: null, plan: "gold" }]) {
    const { body } = await evaluate("/targeted", context);
    expect(body).toMatchObject({ value: "for gold", reason: "TARGETING_MATCH" });
  }
});

it("keys are decoded, and may be sent without encoding", async () => {
  const { evaluate } = createOfrep();
  for (const [path, key] of [
    ["/a%2Fb%20c", "a/b c"],
    ["/a/b", "a/b"],
    ["/50%", "50%"],
    ["/__proto__", "__proto__"],
  ]) {
    expect(await evaluate(`${path}`)).toMatchObject({ status: 404, body: { key } });
  }
});

it("an unknown feature is neither logged nor observed", async () => {
  const names: string[] = [];
  const onFlagEvaluated = ({ featureName }: { readonly featureName: string }) =>
    void names.push(featureName);
  const { evaluate, logger } = createOfrep({ token }, { onFlagEvaluated });
  expect((await evaluate("/unknown")).status).toBe(404);
  expect((await evaluate("/toString")).status).toBe(404);
  await evaluate("/text");
  expect(names).toEqual(["text"]);
  expect(logger.warnings).toEqual([]);
});
