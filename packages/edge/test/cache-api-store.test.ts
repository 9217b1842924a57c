import { afterEach, expect, it, vi } from "vitest";
import { cacheApiStore } from "../src/index.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Stubs `caches`. Entries are stored by cache name and URL. */
function stubCaches() {
  const entries = new Map<string, Response>();
  const open = vi.fn(async (name: string) => ({
    match: async (url: string) => entries.get(`${name} ${new URL(url).href}`)?.clone(),
    put: async (url: string, response: Response) =>
      void entries.set(`${name} ${new URL(url).href}`, response),
  }));
  vi.stubGlobal("caches", { open });
  return { entries, open };
}

it("stores items in its own cache for a day", async () => {
  const { entries } = stubCaches();
  const store = cacheApiStore();
  expect(await store.getItem("name")).toBeUndefined();
  await store.setItem?.("name", "document");
  expect(await store.getItem("name")).toBe("document");
  expect(await store.getItem("name")).toBe("document");
  expect([...entries.keys()]).toEqual(["flagsmith https://flagsmith.invalid/name"]);
  const [response] = entries.values();
  expect(response?.headers.get("Cache-Control")).toBe("public, max-age=86400");
});

it("accepts another cache name, origin and lifetime", async () => {
  const { entries } = stubCaches();
  const origin = "https://shop.example:8443";
  const store = cacheApiStore({ cacheName: "flags", origin, ttlSeconds: 60 });
  await store.setItem?.("name", "document");
  expect([...entries.keys()]).toEqual(["flags https://shop.example:8443/name"]);
  const [response] = entries.values();
  expect(response?.headers.get("Cache-Control")).toBe("public, max-age=60");
});

it("needs no URL.canParse, which Workers of 2022 do not have", () => {
  stubCaches();
  vi.stubGlobal("URL", Object.assign(class extends URL {}, { canParse: undefined }));
  expect(() => cacheApiStore()).not.toThrow();
  expect(() => cacheApiStore({ origin: "https://" })).toThrow("origin");
});

it("accepts its origins also if URL adds no slash, as in Workers of 2022", () => {
  stubCaches();
  const stub = class extends URL {
    override get href() {
      return super.href.replace(/\/$/, "");
    }
  };
  vi.stubGlobal("URL", stub);
  expect(() => cacheApiStore()).not.toThrow();
  expect(() => cacheApiStore({ origin: "https://shop.example/" })).not.toThrow();
  expect(() => cacheApiStore({ origin: "https://shop.example/flags" })).toThrow("origin");
});

it("accepts an origin without TLS", async () => {
  const { entries } = stubCaches();
  await cacheApiStore({ origin: "http://shop.example" }).setItem?.("name", "document");
  expect([...entries.keys()]).toEqual(["flagsmith http://shop.example/name"]);
});

it("opens the cache for each call, not at creation", async () => {
  const { open } = stubCaches();
  const store = cacheApiStore();
  expect(open).not.toHaveBeenCalled();
  await store.getItem("name");
  await store.getItem("name");
  expect(open).toHaveBeenCalledTimes(2);
});

it("throws if the runtime has no Cache API", () => {
  vi.stubGlobal("caches", undefined);
  expect(() => cacheApiStore()).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("Option storage "),
    }),
  );
});

it.each([
  ["ttlSeconds", 0],
  ["ttlSeconds", 1.5],
  ["cacheName", ""],
  ["cacheName", 7],
  ["origin", "shop.example"],
  ["origin", "https://shop.example/flags"],
  ["origin", "https://shop.example/?a"],
  ["origin", "https://user@shop.example"],
  ["origin", "file:///flags"],
  ["origin", 7],
])("rejects %s: %j", (option, value) => {
  stubCaches();
  expect(() => cacheApiStore({ [option]: value })).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining(`Option ${option} `),
    }),
  );
});
