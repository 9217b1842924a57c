import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { type Hook, OpenFeature } from "@openfeature/server-sdk";
import { expect, it, vi } from "vitest";
import { FlagsmithProvider } from "../src/index.ts";
import { document } from "./support/environment.ts";
import { createClient, register } from "./support/provider.ts";

const silentLogger = { warn: () => undefined, error: () => undefined };

/** The traits of the last identity that the API has received. */
function readTraits(api: ReturnType<typeof createFlagsmithApi>) {
  const request = api.requests.filter(({ path }) => path.includes("identities")).at(-1);
  const body = JSON.parse(request?.body ?? "{}");
  const traits = body.traits.map((trait: { trait_key: string; trait_value: unknown }) => [
    trait.trait_key,
    trait.trait_value,
  ]);
  return {
    identifier: body.identifier,
    transient: body.transient,
    traits: Object.fromEntries(traits),
  };
}

it("names itself and runs on servers", () => {
  const provider = new FlagsmithProvider({ environmentKey: "ser.key" });
  expect(provider.metadata.name).toBe("flagsmith");
  expect(provider.runsOn).toBe("server");
  expect(provider.hooks).toEqual([]);
});

it("attributes become traits, and dates become text", async () => {
  const { api, client, debugMessages } = await register({
    client: { enableLocalEvaluation: false },
  });
  const context = {
    targetingKey: "user-42",
    plan: "gold",
    age: 30,
    isAdmin: true,
    since: new Date("2026-01-02T03:04:05Z"),
    missing: null as unknown as string,
    address: { city: "Bern" },
    tags: ["a"],
    traits: { plan: "silver", level: 2 },
    transient: true,
  };
  await client.getStringValue("string", "", context);
  await client.getStringValue("string", "", context);
  expect(readTraits(api)).toEqual({
    identifier: "user-42",
    transient: true,
    traits: { plan: "silver", age: 30, isAdmin: true, since: "2026-01-02T03:04:05.000Z", level: 2 },
  });
  expect(debugMessages).toEqual([
    expect.stringContaining('attribute "address"'),
    expect.stringContaining('attribute "tags"'),
  ]);
});

it("a context without a targeting key gets the environment's flags", async () => {
  const { client } = await register();
  const details = await client.getStringDetails("string_targeted", "", { plan: "gold" });
  expect(details).toMatchObject({ value: "hello", reason: "DEFAULT" });
});

it("with anonymous, a context without a targeting key is an anonymous identity", async () => {
  const { client } = await register({ provider: { anonymous: true } });
  const details = await client.getStringDetails("string_targeted", "", { plan: "gold" });
  expect(details).toMatchObject({ value: "gold", reason: "TARGETING_MATCH" });
  expect(details.flagMetadata).not.toHaveProperty("contextId");
});

it("the metadata contain the targeting key only with enableContextId", async () => {
  const context = { targetingKey: "user-42" };
  const { client } = await register();
  const details = await client.getStringDetails("string", "", context);
  expect(JSON.stringify(details)).not.toContain("user-42");
  const other = await register({ provider: { enableContextId: true } });
  const { flagMetadata } = await other.client.getStringDetails("string", "", context);
  expect(flagMetadata["contextId"]).toBe("user-42");
  const ofEnvironment = await other.client.getStringDetails("string", "");
  expect(ofEnvironment.flagMetadata).not.toHaveProperty("contextId");
});

it("the metadata of remote evaluation have no members that only a document has", async () => {
  const { client } = await register({ client: { enableLocalEvaluation: false } });
  const { flagMetadata } = await client.getStringDetails("string", "");
  expect(Object.keys(flagMetadata)).toEqual(["enabled", "source", "featureId"]);
});

it("texts of numbers are numbers, and numbers are texts", async () => {
  const { api, flagsmith, client } = await register();
  api.updateDocument(({ feature_states: states }) => {
    for (const state of states)
      if (state.feature.name === "string") state.feature_state_value = "0.5";
  });
  await flagsmith.updateEnvironment();
  expect(await client.getNumberValue("string", 0)).toBe(0.5);
  expect(await client.getStringValue("number", "")).toBe("42");
});

it.each(["0x10", "", " ", "1e999", "1e999x", "NaN", "Infinity", "1,5"])(
  "%j is no number",
  async (value) => {
    const { api, flagsmith, client } = await register();
    api.updateDocument(({ feature_states: states }) => {
      for (const state of states)
        if (state.feature.name === "string") state.feature_state_value = value;
    });
    await flagsmith.updateEnvironment();
    expect(await client.getNumberDetails("string", 7)).toMatchObject({
      value: 7,
      errorCode: "TYPE_MISMATCH",
    });
  },
);

it("an object that is no JSON is a parse error", async () => {
  const { api, flagsmith, client } = await register();
  api.updateDocument(({ feature_states: states }) => {
    for (const state of states)
      if (state.feature.name === "object") state.feature_state_value = "{";
  });
  await flagsmith.updateEnvironment();
  const details = await client.getObjectDetails("object", {});
  expect(details).toMatchObject({ value: {}, errorCode: "PARSE_ERROR" });
});

it("a default flag of the client has the reason DEFAULT", async () => {
  const { client } = await register({
    client: { defaultFlagHandler: () => ({ enabled: true, value: "fallback" }) },
  });
  const details = await client.getStringDetails("missing", "default");
  expect(details).toMatchObject({ value: "fallback", reason: "DEFAULT" });
  expect(Object.keys(details.flagMetadata)).toEqual(["enabled", "source", "version", "flagSetId"]);
  expect(details.flagMetadata).toMatchObject({ enabled: true, source: "default" });
});

it.each([
  { fault: { kind: "hang" }, reason: "STATIC" },
  { fault: { kind: "status", status: 503 }, reason: "STALE" },
] as const)("a stored document has the reason $reason with $fault", async ({ fault, reason }) => {
  const { document } = await import("./support/environment.ts");
  const { flagsmith, client } = await register({
    client: { bootstrap: document },
    prepare: async (api, flagsmith) => {
      api.failNext(1, fault);
      await flagsmith.ready({ fresh: true, timeoutSeconds: 0.1 }).catch(() => undefined);
    },
  });
  expect(await client.getStringDetails("string", "default")).toMatchObject({
    reason,
    flagMetadata: { source: "storage" },
  });
  await flagsmith.close();
});

it("a document of the API keeps its reasons after a failed load", async () => {
  const { api, flagsmith, client } = await register();
  api.failNext(1, { kind: "status", status: 503 });
  await flagsmith.updateEnvironment().catch(() => undefined);
  expect(flagsmith.status().problem).toBe("failing");
  expect(await client.getStringDetails("string", "default")).toMatchObject({ reason: "STATIC" });
});

it("an unknown feature has the default of the call, as its one warning says", async () => {
  const warnings: string[] = [];
  const logger = { warn: (message: string) => void warnings.push(message), error: () => undefined };
  const { client } = await register({ client: { logger } });
  for (let count = 0; count < 2; count++) {
    expect(await client.getBooleanDetails("missing", true)).toMatchObject({
      value: true,
      errorCode: "FLAG_NOT_FOUND",
    });
  }
  expect(warnings).toEqual(['Feature "missing" is unknown: its default is used. Check its name.']);
});

it("an outage with onFailure empty is an error and not an unknown flag", async () => {
  const { client } = await register({
    client: { onFailure: "empty" },
    prepare: (api) => api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 503 }),
  });
  expect(await client.getStringDetails("string", "default")).toMatchObject({
    errorCode: "GENERAL",
  });
});

it("events are tracked with their value, traits and metadata", async () => {
  const { api, flagsmith, client } = await register({
    client: { enableEvents: true, eventsApiUrl: "https://events.api.flagsmith.com/" },
  });
  client.track(
    "checkout",
    { targetingKey: "user-42", plan: "gold" },
    { value: 99.5, currency: "CHF" },
  );
  await flagsmith.flush();
  expect(api.acceptedEvents).toEqual([
    expect.objectContaining({ event: "checkout", identifier: "user-42", value: "99.5" }),
  ]);
});

it("the event of a transient identity has neither its identifier nor its traits", async () => {
  const { api, flagsmith, client } = await register({
    client: { enableEvents: true, eventsApiUrl: "https://events.api.flagsmith.com/" },
  });
  client.track(
    "checkout",
    { targetingKey: "user-42", plan: "gold", transient: true },
    { value: 1 },
  );
  await flagsmith.flush();
  expect(api.acceptedEvents).toEqual([
    expect.objectContaining({ event: "checkout", identifier: null, traits: null, value: "1" }),
  ]);
});

it("an invalid event is dropped with one warning", async () => {
  const warnings: string[] = [];
  const logger = { warn: (message: string) => void warnings.push(message), error: () => undefined };
  const { client, provider } = await register({ client: { enableEvents: true, logger } });
  client.track("", {}, {});
  provider.track("$reserved", {}, {});
  expect(warnings).toEqual([expect.stringContaining("The event is dropped")]);
});

it("tracking does nothing if events are off", async () => {
  const { api, client, flagsmith } = await register();
  client.track("checkout", {}, {});
  await flagsmith.flush();
  expect(api.acceptedEvents).toEqual([]);
});

it("tracking does nothing before the initialization and after the end", async () => {
  const { api, provider, flagsmith } = await register({ client: { enableEvents: true } });
  await provider.onClose();
  provider.track("checkout", {}, {});
  new FlagsmithProvider(flagsmith).track("checkout", {}, {});
  await flagsmith.flush();
  expect(api.acceptedEvents).toEqual([]);
});

it("its hooks run for each evaluation", async () => {
  const reasons: unknown[] = [];
  const hook: Hook = { after: (_context, { reason }) => void reasons.push(reason) };
  const { client } = await register({ provider: { hooks: [hook] } });
  await client.getStringValue("string", "");
  expect(reasons).toEqual(["STATIC"]);
});

it("a client from options is closed with the provider, and created again", async () => {
  const api = createFlagsmithApi({ document });
  const provider = new FlagsmithProvider({
    environmentKey: api.environmentKey,
    fetch: api.fetch,
    enableLocalEvaluation: true,
    logger: silentLogger,
  });
  const evaluate = () =>
    provider.resolveStringEvaluation(
      "string",
      "default",
      {},
      { ...console, debug: () => undefined },
    );
  expect(await evaluate()).toMatchObject({ errorCode: "PROVIDER_NOT_READY" });
  await provider.initialize();
  expect(await evaluate()).toMatchObject({ value: "hello" });
  await provider.onClose();
  await provider.onClose();
  expect(await evaluate()).toMatchObject({ errorCode: "PROVIDER_NOT_READY" });
  await provider.initialize();
  expect(await evaluate()).toMatchObject({ value: "hello" });
  await provider.onClose();
});

it("a provider that is initialized twice creates one client", async () => {
  const { api } = await register();
  const { environmentKey, fetch } = api;
  const provider = new FlagsmithProvider({ environmentKey, fetch, enableLocalEvaluation: true });
  api.clearRequests();
  await provider.initialize();
  await provider.initialize();
  expect(api.requests).toHaveLength(1);
  await provider.onClose();
});

it("the user's own client stays open", async () => {
  const { flagsmith, provider } = await register();
  await provider.onClose();
  expect(flagsmith.status().state).toBe("ready");
});

it.each([
  ["a misspelt option", () => new FlagsmithProvider({ enviromentKey: "x" } as object)],
  ["a key instead of options", () => new FlagsmithProvider("ser.key" as never)],
  [
    "an unknown kind of booleans",
    () => new FlagsmithProvider({ environmentKey: "x" }, { booleans: "on" } as object),
  ],
])("%s is fatal", async (_, create) => {
  await expect(create().initialize()).rejects.toMatchObject({ code: "PROVIDER_FATAL" });
});

it("at the module scope of a Worker, initialization does not wait for the API", async () => {
  const { flagsmith, client, api } = await register({
    prepare: () => {
      vi.stubGlobal("AbortController", () => {
        throw new Error("Disallowed operation called within global scope");
      });
    },
  });
  vi.unstubAllGlobals();
  expect(api.requests).toEqual([]);
  expect(client.providerStatus).toBe("READY");
  expect(flagsmith.status().state).toBe("idle");
  // The first evaluation reports the failure that a waiting initialization would have.
  api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 503 });
  expect(await client.getStringDetails("string", "")).toMatchObject({ errorCode: "GENERAL" });
  await vi.waitFor(() => expect(client.providerStatus).toBe("ERROR"), { timeout: 60_000 });
});

it("one client serves several domains", async () => {
  const api = createFlagsmithApi({ document });
  const flagsmith = createClient(api);
  const provider = new FlagsmithProvider(flagsmith);
  await OpenFeature.setProviderAndWait("first", provider);
  await OpenFeature.setProviderAndWait("second", provider);
  for (const domain of ["first", "second"]) {
    expect(await OpenFeature.getClient(domain).getStringValue("string", "")).toBe("hello");
  }
  expect(api.requests).toHaveLength(1);
  await provider.onClose();
});
