import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/server-sdk";
import { type Provider, OpenFeature as WebOpenFeature } from "@openfeature/web-sdk";
import { describe, expect, it, onTestFinished } from "vitest";
import { serveOfrep, token } from "./support/ofrep.ts";

const user = { targetingKey: "user-42", plan: "free" };
const goldUser = { targetingKey: "user-42", plan: "gold" };
const headers: [string, string][] = [["Authorization", `Bearer ${token}`]];

describe("the community's provider for servers", () => {
  async function register(options: Parameters<typeof serveOfrep>[0] = { token }) {
    const served = await serveOfrep(options);
    const provider = new OFREPProvider({ baseUrl: served.baseUrl, headers });
    await OpenFeature.setProviderAndWait("ofrep", provider);
    return { ...served, client: OpenFeature.getClient("ofrep") };
  }

  it("evaluates every type, with targeting", async () => {
    const { client } = await register();
    expect(await client.getBooleanDetails("boolean", false, user)).toMatchObject({
      value: true,
      reason: "STATIC",
      variant: "on",
      flagMetadata: { enabled: true, flagSetId: "Production" },
    });
    expect(await client.getStringDetails("string_targeted", "", goldUser)).toMatchObject({
      value: "gold",
      reason: "TARGETING_MATCH",
    });
    expect(await client.getNumberValue("number", 0, user)).toBe(42);
    expect(await client.getObjectValue("object", {}, user)).toEqual({ title: "Hello" });
    expect(await client.getStringDetails("string_split", "", user)).toMatchObject({
      value: "hello",
      reason: "SPLIT",
      variant: "first",
    });
  });

  it("returns the default for a feature that is off, unknown or of another type", async () => {
    const { client } = await register();
    expect(await client.getStringValue("string_off", "default", user)).toBe("default");
    expect(await client.getStringDetails("unknown", "default", user)).toMatchObject({
      value: "default",
      errorCode: "FLAG_NOT_FOUND",
    });
    expect(await client.getNumberDetails("string", 7, user)).toMatchObject({
      value: 7,
      errorCode: "TYPE_MISMATCH",
    });
    expect(await client.getStringDetails("string", "default", {})).toMatchObject({
      value: "default",
      errorCode: "TARGETING_KEY_MISSING",
    });
  });

  it("returns the default if its token is not accepted", async () => {
    const { client, statuses } = await register({ token: "another-token" });
    expect(await client.getStringDetails("string", "default", user)).toMatchObject({
      value: "default",
      errorCode: "GENERAL",
    });
    expect(statuses).toEqual([401]);
  });
});

describe("the community's provider for web pages", () => {
  async function register(options: Parameters<typeof serveOfrep>[0] = { token }) {
    const served = await serveOfrep(options);
    const provider = new OFREPWebProvider({
      baseUrl: served.baseUrl,
      headers,
      cacheMode: "disabled",
    });
    await WebOpenFeature.setContext("ofrep-web", user);
    onTestFinished(() => WebOpenFeature.close());
    // The types of the SDK do not allow `hooks: undefined`, which the provider declares.
    const ready = WebOpenFeature.setProviderAndWait("ofrep-web", provider as Provider);
    return { ...served, provider, ready, client: WebOpenFeature.getClient("ofrep-web") };
  }

  it("evaluates every type, and again for another context", async () => {
    const { client, ready } = await register();
    await ready;
    expect(client.getBooleanValue("boolean", false)).toBe(true);
    expect(client.getNumberValue("number", 0)).toBe(42);
    expect(client.getObjectValue("object", {})).toEqual({ title: "Hello" });
    expect(client.getStringValue("string_targeted", "")).toBe("hello");
    expect(client.getStringDetails("string_off", "default")).toMatchObject({
      value: "default",
      reason: "DISABLED",
    });
    expect(client.getStringDetails("unknown", "default")).toMatchObject({
      value: "default",
      errorCode: "FLAG_NOT_FOUND",
    });
    await WebOpenFeature.setContext("ofrep-web", goldUser);
    expect(client.getStringDetails("string_targeted", "")).toMatchObject({
      value: "gold",
      reason: "TARGETING_MATCH",
    });
  });

  it("loads changed flags only, by their ETag", async () => {
    const { client, ready, provider, api, flagsmith, statuses } = await register();
    await ready;
    // The same targeting key: the provider sends the ETag that it has.
    const refresh = () => provider.onContextChange(user, user);
    await refresh();
    expect(statuses).toEqual([200, 304]);
    api.updateDocument(({ feature_states: [state] }) => {
      Object.assign(state ?? {}, { feature_state_value: false });
    });
    await flagsmith.updateEnvironment();
    await refresh();
    expect(statuses).toEqual([200, 304, 200]);
    expect(client.getBooleanValue("boolean", true)).toBe(false);
  });

  it("is fatal if its token is not accepted", async () => {
    const { ready, client } = await register({ token: "another-token" });
    await expect(ready).rejects.toThrow("Initialization failed");
    expect(client.providerStatus).toBe("FATAL");
  });
});
