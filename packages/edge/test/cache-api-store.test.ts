import { afterEach, expect, it, vi } from "vitest";
import { cacheApiStore } from "../src/index.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Caches of the given name and URL; they refuse what is no URL. */
function fakeCaches() {
  const kept = new Map<string, Response>();
  const open = vi.fn(async (name: string) => ({
    match: async (url: string) => kept.get(`${name} ${new URL(url).href}`)?.clone(),
    put: async (url: string, response: Response) =>
      void kept.set(`${name} ${new URL(url).href}`, response),
  }));
  vi.stubGlobal("caches", { open });
  return { kept, open };
}

it("keeps what it is given, in a cache of its own, for a day", async () => {
  const { kept } = fakeCaches();
  const store = cacheApiStore();
  expect(await store.getItem("name")).toBeUndefined();
  await store.setItem?.("name", "document");
  expect(await store.getItem("name")).toBe("document");
  expect(await store.getItem("name")).toBe("document");
  expect([...kept.keys()]).toEqual(["flagsmith https://flagsmith.invalid/name"]);
  const [response] = kept.values();
  expect(response?.headers.get("Cache-Control")).toBe("public, max-age=86400");
});

it("takes another cache, origin and time", async () => {
  const { kept } = fakeCaches();
  const origin = "https://shop.example:8443";
  const store = cacheApiStore({ cacheName: "flags", origin, ttlSeconds: 60 });
  await store.setItem?.("name", "document");
  expect([...kept.keys()]).toEqual(["flags https://shop.example:8443/name"]);
  const [response] = kept.values();
  expect(response?.headers.get("Cache-Control")).toBe("public, max-age=60");
});

it("opens nothing when it is made, and anew for every call", async () => {
  const { open } = fakeCaches();
  const store = cacheApiStore();
  expect(open).not.toHaveBeenCalled();
  await store.getItem("name");
  await store.getItem("name");
  expect(open).toHaveBeenCalledTimes(2);
});

it("says so where the runtime has no Cache API", () => {
  vi.stubGlobal("caches", undefined);
  expect(() => cacheApiStore()).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("no Cache API"),
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
])("refuses %s: %j", (option, value) => {
  fakeCaches();
  expect(() => cacheApiStore({ [option]: value })).toThrow(
    expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(option) }),
  );
});
