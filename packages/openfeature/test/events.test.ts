import type { Client } from "@openfeature/server-sdk";
import { ProviderEvents } from "@openfeature/server-sdk";
import { expect, it, onTestFinished } from "vitest";
import { FlagsmithProvider } from "../src/index.ts";
import { register } from "./support/provider.ts";

/** Records the events of a client of the SDK, except the one for a status that it had before. */
function recordEvents(client: Client) {
  const events: { readonly type: string; readonly message?: string; readonly flags?: unknown }[] =
    [];
  for (const type of Object.values(ProviderEvents)) {
    client.addHandler(type, (details) => {
      const { message } = details ?? {};
      const flags = details && "flagsChanged" in details ? details.flagsChanged : undefined;
      events.push({ type, ...(message && { message }), ...(flags ? { flags } : {}) });
    });
  }
  return events;
}

const down = { kind: "status", status: 503 } as const;

/** Lets the reactions to emitted events run. */
const settle = () => new Promise((done) => setTimeout(done, 5));

it("a failed load is STALE, and the next one READY with the changed flags", async () => {
  const { api, flagsmith, client } = await register();
  const events = recordEvents(client);
  await settle();
  events.length = 0;
  api.failNext(1, down);
  await flagsmith.updateEnvironment().catch(() => undefined);
  await settle();
  expect(client.providerStatus).toBe("STALE");
  expect(events).toEqual([{ type: "PROVIDER_STALE", message: expect.stringContaining("503") }]);
  api.updateDocument(({ feature_states: [first] }) => {
    if (first) first.enabled = false;
  });
  await flagsmith.updateEnvironment();
  await settle();
  expect(client.providerStatus).toBe("READY");
  expect(events.slice(1)).toEqual([
    { type: "PROVIDER_READY" },
    { type: "PROVIDER_CONFIGURATION_CHANGED", flags: ["boolean"] },
  ]);
});

it("the initialization is reported once", async () => {
  const { client } = await register();
  const events = recordEvents(client);
  await settle();
  expect(events).toEqual([{ type: "PROVIDER_READY" }]);
});

it("a document without changed flags is no change of the configuration", async () => {
  const { api, flagsmith, client } = await register();
  const events = recordEvents(client);
  await settle();
  api.updateDocument((draft) => {
    draft.hide_disabled_flags = true;
  });
  await flagsmith.updateEnvironment();
  await settle();
  expect(events).toEqual([{ type: "PROVIDER_READY" }]);
});

it("a client that the API refuses is FATAL until the API accepts its key", async () => {
  const { api, flagsmith, client } = await register({
    prepare: (api) => api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 403 }),
  });
  const events = recordEvents(client);
  expect(client.providerStatus).toBe("FATAL");
  api.clearFaults();
  await flagsmith.updateEnvironment();
  await settle();
  expect(client.providerStatus).toBe("READY");
  expect(events.map(({ type }) => type)).toContain("PROVIDER_READY");
});

it("a refusal is not fatal once there is a document", async () => {
  const { api, flagsmith, client } = await register();
  api.failNext(1, { kind: "status", status: 403 });
  await flagsmith.updateEnvironment().catch(() => undefined);
  await settle();
  expect(client.providerStatus).toBe("STALE");
  expect(await client.getStringValue("string", "default")).toBe("hello");
});

it("a refusal is not fatal if the client has a fallback", async () => {
  const { client } = await register({
    client: { defaultFlagHandler: () => ({ enabled: true, value: "fallback" }) },
    prepare: (api) => api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 401 }),
  });
  expect(client.providerStatus).toBe("ERROR");
  expect(await client.getStringDetails("string", "default")).toMatchObject({
    value: "fallback",
    reason: "DEFAULT",
  });
});

it("remote evaluation is ERROR while the API refuses the key", async () => {
  const { api, client } = await register({ client: { enableLocalEvaluation: false } });
  expect(client.providerStatus).toBe("READY");
  api.failNext(1, { kind: "status", status: 403 });
  await client.getStringValue("string", "default");
  await settle();
  expect(client.providerStatus).toBe("ERROR");
  expect(await client.getStringValue("string", "default")).toBe("hello");
  await settle();
  expect(client.providerStatus).toBe("READY");
});

it("one failed call of remote evaluation changes no status", async () => {
  const { api, client } = await register({ client: { enableLocalEvaluation: false } });
  api.failNext(1, down);
  await client.getStringValue("string", "default");
  await settle();
  expect(client.providerStatus).toBe("READY");
});

it("remote evaluation is ERROR while the circuit is open, even if the client is closed then", async () => {
  const { api, flagsmith, client } = await register({ client: { enableLocalEvaluation: false } });
  const events = recordEvents(client);
  await settle();
  api.failNext(5, down);
  for (let call = 0; call < 5; call++) await client.getStringValue("string", "default");
  await settle();
  await flagsmith.close();
  await settle();
  expect(client.providerStatus).toBe("ERROR");
  expect(events.slice(1)).toEqual([
    { type: "PROVIDER_ERROR", message: expect.stringContaining("503") },
  ]);
});

it("a client that never had a document stays ERROR when it is closed", async () => {
  const { flagsmith, client } = await register({
    prepare: (api) => api.failNext(Number.POSITIVE_INFINITY, down),
  });
  await flagsmith.close();
  await settle();
  expect(client.providerStatus).toBe("ERROR");
});

it("concurrent initializations report a status once", async () => {
  const { document } = await import("./support/environment.ts");
  const { api, flagsmith, provider, client } = await register({
    client: { bootstrap: document },
    prepare: (api) => api.failNext(Number.POSITIVE_INFINITY, down),
  });
  await provider.onClose();
  const events = recordEvents(client);
  await settle();
  events.length = 0;
  await Promise.all([provider.initialize(), provider.initialize()]);
  await settle();
  expect(events).toEqual([{ type: "PROVIDER_STALE", message: expect.stringContaining("503") }]);
  api.clearFaults();
  await flagsmith.close();
});

it("a document from the storage is STALE until the API confirms it", async () => {
  const { document } = await import("./support/environment.ts");
  const { api, flagsmith, client } = await register({
    client: { bootstrap: document, requestTimeoutSeconds: 0.2 },
    prepare: (api) => api.failNext(1, { kind: "hang" }),
  });
  await settle();
  expect(client.providerStatus).toBe("STALE");
  api.clearFaults();
  await flagsmith.updateEnvironment();
  await settle();
  expect(client.providerStatus).toBe("READY");
});

it("the user's callbacks are called as well", async () => {
  const calls: string[] = [];
  const { api, flagsmith } = await register({
    client: {
      onStatusChange: ({ state }) => void calls.push(state),
      onEnvironmentChange: (error) => void calls.push(error === null ? "changed" : error.code),
    },
  });
  api.failNext(1, down);
  await flagsmith.updateEnvironment().catch(() => undefined);
  expect(calls).toContain("changed");
  expect(calls).toContain("API_STATUS");
  expect(calls).toContain("ready");
});

it("a closed provider emits nothing", async () => {
  const { api, flagsmith, provider, client } = await register();
  const events = recordEvents(client);
  await settle();
  await provider.onClose();
  api.failNext(1, down);
  await flagsmith.updateEnvironment().catch(() => undefined);
  await settle();
  expect(events).toEqual([{ type: "PROVIDER_READY" }]);
});

it("a provider that is initialized again emits no event of the first time", async () => {
  const { api } = await register();
  api.failNext(1, { kind: "hang" });
  const { environmentKey, fetch } = api;
  const provider = new FlagsmithProvider({ environmentKey, fetch, enableLocalEvaluation: true });
  onTestFinished(() => provider.onClose());
  const events: string[] = [];
  for (const type of Object.values(ProviderEvents)) {
    provider.events.addHandler(type, () => void events.push(type));
  }
  const first = provider.initialize().catch((error: Error) => error.message);
  await settle();
  await Promise.all([provider.onClose(), provider.initialize()]);
  expect(await first).toContain("closed");
  await settle();
  expect(events).toEqual([]);
});
