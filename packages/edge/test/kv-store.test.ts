import { expect, it, vi } from "vitest";
import { type KvNamespace, kvStore } from "../src/index.ts";

/** Creates a namespace that, like a real binding, must be called as an object. */
function createNamespace() {
  const calls: unknown[] = [];
  const values = new Map<string, string>();
  const namespace: KvNamespace = {
    async get(this: unknown, ...args) {
      expect(this).toBe(namespace);
      calls.push(["get", ...args]);
      return values.get(args[0]) ?? null;
    },
    async put(this: unknown, ...args) {
      expect(this).toBe(namespace);
      calls.push(["put", ...args]);
      values.set(args[0], args[1]);
    },
  };
  return { namespace, calls };
}

it("stores items without expiry and reads them as text", async () => {
  const { namespace, calls } = createNamespace();
  const store = kvStore(namespace);
  expect(calls).toEqual([]);
  expect(await store.getItem("name")).toBeNull();
  await store.setItem?.("name", "document");
  expect(await store.getItem("name")).toBe("document");
  expect(calls).toEqual([
    ["get", "name", { type: "text" }],
    ["put", "name", "document", {}],
    ["get", "name", { type: "text" }],
  ]);
});

it("passes its options to KV", async () => {
  const { namespace, calls } = createNamespace();
  const store = kvStore(namespace, { ttlSeconds: 60, cacheTtlSeconds: 30 });
  await store.setItem?.("name", "document");
  await store.getItem("name");
  expect(calls).toEqual([
    ["put", "name", "document", { expirationTtl: 60 }],
    ["get", "name", { type: "text", cacheTtl: 30 }],
  ]);
});

it("rejects with the error of KV", async () => {
  const failing = vi.fn(async () => {
    throw new Error("KV PUT failed: 429");
  });
  const store = kvStore({ get: failing, put: failing });
  await expect(store.getItem("name")).rejects.toThrow("429");
  await expect(store.setItem?.("name", "document")).rejects.toThrow("429");
});

it.each([
  ["ttlSeconds", 59],
  ["ttlSeconds", 0],
  ["ttlSeconds", 90.5],
  ["ttlSeconds", Number.POSITIVE_INFINITY],
  ["ttlSeconds", "60"],
  ["cacheTtlSeconds", 29],
  ["cacheTtlSeconds", 0],
  ["cacheTtlSeconds", Number.NaN],
])("rejects %s: %j, which KV would refuse", (option, value) => {
  const { namespace } = createNamespace();
  expect(() => kvStore(namespace, { [option]: value })).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining(`Option ${option} `),
    }),
  );
});

it.each<unknown>([undefined, null, "FLAGS", {}, { get: () => null }])(
  "rejects %j as a namespace",
  (input) => {
    expect(() => kvStore(input as KvNamespace)).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTIONS",
        message: expect.stringContaining("Option namespace "),
      }),
    );
  },
);
