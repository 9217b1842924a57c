import { expect, it } from "vitest";
import {
  parseStorageRecord,
  storageKey,
  toStorageRecord,
} from "../../src/environment/storage-record.ts";
import { sha256 } from "../../src/platform/digest.ts";
import { environmentDocument } from "../fake-environment.ts";
import { apiUrl, catchError, environmentKey } from "../fake-platform.ts";

it("the storage key has safe characters and does not reveal the environment key", async () => {
  const key = await storageKey(environmentKey, apiUrl);
  expect(key).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  expect(key).not.toContain(environmentKey);
  expect(key).not.toContain("unit-test");
});

it("the storage key of an environment never changes", async () => {
  // A change would lose the documents that users have stored.
  expect(await storageKey("ser.a", "https://edge.api.flagsmith.com/api/v1/")).toBe(
    "flagsmith-279ad103cd07cda9d8b94a988e59c969671c75c37ee1f3fd3e60225d1b8052ac",
  );
});

it("the storage key differs for each environment key and API URL", async () => {
  const keys = await Promise.all([
    storageKey("ser.a", "https://flags.example/"),
    storageKey("ser.b", "https://flags.example/"),
    storageKey("ser.a", "https://flags.example/api/v1/"),
    storageKey("ser.ahttps", "://flags.example/"),
    storageKey('ser.a","', "https://flags.example/"),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
});

it("a storage record has the document, its digest and its date, under the client's key", async () => {
  const document = environmentDocument();
  const { key, value } = await toStorageRecord(document, {
    environmentKey,
    apiUrl,
    fetchedAt: 1_767_225_600_000,
  });
  expect(key).toBe(await storageKey(environmentKey, apiUrl));
  expect(parseStorageRecord(key, value)).toEqual({
    document,
    fetchedAt: 1_767_225_600_000,
    digest: await sha256(JSON.stringify(document)),
  });
});

it("a storage record is of now and of the hosted API by default", async () => {
  const before = Date.now();
  const { key, value } = await toStorageRecord(environmentDocument(), { environmentKey });
  expect(key).toBe(await storageKey(environmentKey));
  const { fetchedAt = 0 } = parseStorageRecord(key, value) ?? {};
  expect(fetchedAt).toBeGreaterThanOrEqual(before);
  expect(fetchedAt).toBeLessThanOrEqual(Date.now());
});

it.each<[string, unknown, object, string]>([
  ["nothing", null, {}, "document"],
  ["text", JSON.stringify(environmentDocument()), {}, "document"],
  ["an error response", { detail: "no" }, {}, "document"],
  ["a document without a project", { feature_states: [] }, {}, "document"],
  ["a project without features", { project: {} }, {}, "document"],
  ["features that are no list", { feature_states: {}, project: {} }, {}, "document"],
  ["an empty key", environmentDocument(), { environmentKey: "" }, "environmentKey"],
  ["a key that is no text", environmentDocument(), { environmentKey: 5 }, "environmentKey"],
  ["a date that is no number", environmentDocument(), { fetchedAt: Number.NaN }, "fetchedAt"],
])("a storage record is not created from %s", async (_name, document, options, option) => {
  const error = await catchError(toStorageRecord(document, { environmentKey, ...options }));
  expect(error.code).toBe("INVALID_OPTIONS");
  expect(error.message).toMatch(new RegExp(`Option ${option} must be .*(response|key|number)`));
});
