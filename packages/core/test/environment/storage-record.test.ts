import { expect, it } from "vitest";
import { storageKey } from "../../src/environment/storage-record.ts";
import { apiUrl, environmentKey } from "../fake-platform.ts";

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
