import { expect, it, vi } from "vitest";
import {
  type EdgeConfig,
  edgeConfigStore,
  Flagsmith,
  storageKey,
  toStorageRecord,
} from "../src/index.ts";

const environmentKey = "ser.edge-test-key";
const hosted = "https://edge.api.flagsmith.com/api/v1/";
const document = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: [
    { feature: { id: 1, name: "banner" }, enabled: true, feature_state_value: "kept" },
  ],
};

/** A client that can read its store, and nothing else. */
function clientOf(values: Record<string, unknown>, apiUrl?: string) {
  const fetch = vi.fn(async () => new Response(null, { status: 500 }));
  const storage = edgeConfigStore({ get: async (key) => values[key] });
  const logger = { warn: () => undefined, error: () => undefined };
  const options = {
    environmentKey,
    enableLocalEvaluation: true,
    storage,
    fetch,
    logger,
    retries: 0,
  };
  const flagsmith = new Flagsmith({ ...options, ...(apiUrl && { apiUrl }) });
  const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
  return { fetch, value };
}

it("is read-only", () => {
  expect(edgeConfigStore({ get: async () => undefined })).not.toHaveProperty("setItem");
});

it.each([undefined, null, "ecfg_x", {}])("refuses %j for a client of Edge Config", (input) => {
  expect(() => edgeConfigStore(input as EdgeConfig)).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("edgeConfig"),
    }),
  );
});

it("answers without a request from what toStorageRecord gave, as text or parsed", async () => {
  const { key, value } = await toStorageRecord(document, { environmentKey });
  expect(key).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  expect(value).not.toContain(environmentKey);
  for (const kept of [value, JSON.parse(value)]) {
    const client = clientOf({ [key]: kept });
    expect(await client.value()).toBe("kept");
    expect(client.fetch).not.toHaveBeenCalled();
  }
});

it("names the record for the API it is of, whose trailing slash is optional", async () => {
  for (const apiUrl of ["https://flags.example/api/v1", "https://flags.example/api/v1/"]) {
    const { key, value } = await toStorageRecord(document, { environmentKey, apiUrl });
    expect(key).toBe(await storageKey(environmentKey, "https://flags.example/api/v1"));
    const client = clientOf({ [key]: value }, "https://flags.example/api/v1");
    expect(await client.value()).toBe("kept");
  }
  const { key } = await toStorageRecord(document, { environmentKey });
  expect(key).toBe(await storageKey(environmentKey, hosted));
  expect(key).toBe(await storageKey(environmentKey));
});

it("knows the age of a record: an old one is served, and the API asked", async () => {
  const options = { environmentKey, fetchedAt: Date.now() - 3_600_000 };
  const { key, value } = await toStorageRecord(document, options);
  const client = clientOf({ [key]: value });
  expect(await client.value()).toBe("kept");
  expect(client.fetch).toHaveBeenCalledTimes(1);
});

it.each([
  ["document", { detail: "Not found" }, {}],
  ["document", [], {}],
  ["document", null, {}],
  ["document", JSON.stringify(document), {}],
  ["environmentKey", document, { environmentKey: "" }],
  ["environmentKey", document, { environmentKey: undefined }],
  ["fetchedAt", document, { fetchedAt: Number.NaN }],
])("makes no record of a bad %s", async (name, input, more) => {
  const made = toStorageRecord(
    input as object,
    { environmentKey, ...more } as { environmentKey: string },
  );
  await expect(made).rejects.toMatchObject({
    code: "INVALID_OPTIONS",
    message: expect.stringContaining(name),
  });
});
