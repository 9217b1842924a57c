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

/** Creates a client whose API always fails, with a store of these values. */
function createClient(values: Record<string, unknown>, apiUrl?: string) {
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
  const getValue = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
  return { fetch, getValue };
}

it("is read-only", () => {
  expect(edgeConfigStore({ get: async () => undefined })).not.toHaveProperty("setItem");
});

it.each([undefined, null, "ecfg_x", {}])("rejects %j as an Edge Config client", (input) => {
  expect(() => edgeConfigStore(input as EdgeConfig)).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("edgeConfig"),
    }),
  );
});

it("serves the record of toStorageRecord without a request, as text or parsed", async () => {
  const { key, value } = await toStorageRecord(document, { environmentKey });
  expect(key).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  expect(value).not.toContain(environmentKey);
  for (const stored of [value, JSON.parse(value)]) {
    const client = createClient({ [key]: stored });
    expect(await client.getValue()).toBe("kept");
    expect(client.fetch).not.toHaveBeenCalled();
  }
});

it("derives the key from apiUrl, with or without its trailing slash", async () => {
  for (const apiUrl of ["https://flags.example/api/v1", "https://flags.example/api/v1/"]) {
    const { key, value } = await toStorageRecord(document, { environmentKey, apiUrl });
    expect(key).toBe(await storageKey(environmentKey, "https://flags.example/api/v1"));
    const client = createClient({ [key]: value }, "https://flags.example/api/v1");
    expect(await client.getValue()).toBe("kept");
  }
  const { key } = await toStorageRecord(document, { environmentKey });
  expect(key).toBe(await storageKey(environmentKey, hosted));
  expect(key).toBe(await storageKey(environmentKey));
});

it("serves an old record and requests a new document", async () => {
  const options = { environmentKey, fetchedAt: Date.now() - 3_600_000 };
  const { key, value } = await toStorageRecord(document, options);
  const client = createClient({ [key]: value });
  expect(await client.getValue()).toBe("kept");
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
])("creates no record for an invalid %s", async (name, input, options) => {
  const record = toStorageRecord(
    input as object,
    { environmentKey, ...options } as { environmentKey: string },
  );
  await expect(record).rejects.toMatchObject({
    code: "INVALID_OPTIONS",
    message: expect.stringContaining(name),
  });
});
