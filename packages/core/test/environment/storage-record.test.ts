import { expect, it } from "vitest";
import { storageKey } from "../../src/environment/storage-record.ts";
import { apiUrl, environmentKey } from "../fake-platform.ts";

it("names a document by characters that every store takes, and gives the key away to nobody", async () => {
  const key = await storageKey(environmentKey, apiUrl);
  expect(key).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  expect(key).not.toContain(environmentKey);
  expect(key).not.toContain("unit-test");
});

it("has the same name for the same environment, at any time", async () => {
  // Fixed: another name would lose what the stores out there hold.
  expect(await storageKey("ser.a", "https://edge.api.flagsmith.com/api/v1/")).toBe(
    "flagsmith-279ad103cd07cda9d8b94a988e59c969671c75c37ee1f3fd3e60225d1b8052ac",
  );
});

it("has another name for another environment key or API, however the two are cut", async () => {
  const names = await Promise.all([
    storageKey("ser.a", "https://flags.example/"),
    storageKey("ser.b", "https://flags.example/"),
    storageKey("ser.a", "https://flags.example/api/v1/"),
    storageKey("ser.ahttps", "://flags.example/"),
    storageKey('ser.a","', "https://flags.example/"),
  ]);
  expect(new Set(names).size).toBe(names.length);
});
