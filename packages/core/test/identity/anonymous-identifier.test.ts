import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { memoryCache } from "../../src/evaluation/memory-cache.ts";
import { createAnonymousIdentifier } from "../../src/identity/anonymous-identifier.ts";
import { environmentDocument, offlineHandlerWith, override } from "../fake-environment.ts";
import { apiFlag, client, fakePlatform, json, localClient, status } from "../fake-platform.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

const respond = ({ method }: { method: string | undefined }) =>
  json(
    method === "POST" ? { flags: [apiFlag("banner")], traits: [], identifier: "generated" } : [],
  );

it("is the digest of the sorted traits, as Python prints them", async () => {
  const traits = { b: 1.5, a: true, c: null, d: 1e300, e: 0.00001, f: "é", g: false, h: -0, i: 42 };
  const text = "aTrueb1.5d1e+300e1e-05fégFalseh0i42";
  expect(await createAnonymousIdentifier(traits)).toBe(digest(text));
});

it.each([
  [0.0001, "0.0001"],
  [0.00012345, "0.00012345"],
  [0.000012345, "1.2345e-05"],
  [1e-7, "1e-07"],
  [5e-324, "5e-324"],
  [1e21, "1e+21"],
  [123456789012345680000, "123456789012345680000"],
  [-1e-9, "-1e-09"],
])("prints %d as Python does", async (value, text) => {
  expect(await createAnonymousIdentifier({ n: value })).toBe(digest(`n${text}`));
});

it("sorts keys by code points, and takes the value of a transient trait", async () => {
  const traits = { "\u{1f600}": "a", "\uffee": "b", ab: "c", a: { value: "d", transient: true } };
  expect(await createAnonymousIdentifier(traits)).toBe(digest("adabc\uffeeb\u{1f600}a"));
});

it.each(["1e+5", "1e-7", "0.00001"])("takes the text %s unchanged", async (text) => {
  expect(await createAnonymousIdentifier({ n: text })).toBe(digest(`n${text}`));
});

it.each([
  ["a", "ab"],
  ["ab", "a"],
])("sorts a key before those that begin with it: %s, %s", async (...keys) => {
  const traits = Object.fromEntries(keys.map((key) => [key, 1]));
  expect(await createAnonymousIdentifier(traits)).toBe(digest("a1ab1"));
});

it("is random without traits", async () => {
  const [a, b] = [await createAnonymousIdentifier({}), await createAnonymousIdentifier({})];
  expect(a).toMatch(/^[0-9a-f]{32}$/);
  expect(a).not.toBe(b);
});

it("local evaluation uses the identifier and the traits", async () => {
  const identity_overrides = [override(digest("countryCH"))];
  const platform = fakePlatform(() => json(environmentDocument("api", { identity_overrides })));
  const flagsmith = localClient(platform);
  const read = async (traits?: Record<string, string>) =>
    (await flagsmith.getAnonymousFlags(traits)).getFeatureValue("banner");
  expect(await read({ country: "CH" })).toBe(`for ${digest("countryCH")}`);
  expect(await read({ plan: "gold" })).toBe("for gold");
  expect(await read()).toBe("api");
  await flagsmith.close();
});

it("later changes to the caller's traits have no effect", async () => {
  const flagsmith = localClient(fakePlatform(() => json(environmentDocument())));
  await flagsmith.ready();
  const traits = { plan: "gold" };
  const flags = flagsmith.getAnonymousFlags(traits);
  traits.plan = "free";
  expect((await flags).getFeatureValue("banner")).toBe("for gold");
  await flagsmith.close();
});

it("remote evaluation sends an empty identifier", async () => {
  const platform = fakePlatform(respond);
  const identifiers: unknown[] = [];
  const flagsmith = client(platform, {
    onFlagEvaluated: ({ identifier }) => void identifiers.push(identifier),
  });
  const flags = await flagsmith.getAnonymousFlags({ country: "CH" });
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(JSON.parse(platform.requests[0]?.body ?? "")).toEqual({
    identifier: "",
    traits: [{ trait_key: "country", trait_value: "CH" }],
  });
  expect(identifiers).toEqual([""]);
});

it("flags without traits are neither cached nor shared", async () => {
  const platform = fakePlatform(respond);
  const flagsmith = client(platform, { cache: memoryCache() });
  const scope = flagsmith.forRequest();
  for (const _call of [1, 2]) await scope.getAnonymousFlags({ country: "CH" });
  await flagsmith.getAnonymousFlags({ country: "CH" });
  expect(platform.requests).toHaveLength(1);
  for (const _call of [1, 2]) await scope.getAnonymousFlags();
  for (const _call of [1, 2]) await flagsmith.getAnonymousFlags({});
  expect(platform.requests).toHaveLength(5);
});

it("uses the offline handler and default flags like other calls", async () => {
  const platform = fakePlatform(() => status(403));
  const offlineHandler = offlineHandlerWith();
  const flags = await localClient(platform, {
    enableLocalEvaluation: false,
    offlineHandler,
  }).getAnonymousFlags({ plan: "gold" });
  expect(flags.getFeatureValue("banner")).toBe("for gold");
  const defaultFlagHandler = () => ({ enabled: true });
  const defaults = await client(platform, { defaultFlagHandler }).getAnonymousFlags();
  expect(defaults.source).toBe("default");
  await expect(client(platform).getAnonymousFlags()).rejects.toMatchObject({ code: "API_STATUS" });
});
