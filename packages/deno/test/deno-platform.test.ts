import { afterEach, expect, it, vi } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { denoPlatform } from "../src/deno-platform.ts";
import {
  type FetchInit,
  Flagsmith,
  FlagsmithAPIError,
  type FlagsmithOptions,
} from "../src/index.ts";

const environmentKey = "deno-test-key";
const apiUrl = "https://flagsmith.test/api/v1/";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Stubs timers that never fire and have this kind of id. Returns a log of their use. */
function stubTimers<Id>(createId: (log: (entry: string) => void) => Id) {
  const log: unknown[] = [];
  const id = createId((entry) => log.push(entry));
  vi.stubGlobal("setTimeout", (_task: () => void, ms: number) => {
    log.push(`set for ${ms}`);
    return id;
  });
  vi.stubGlobal("clearTimeout", (cleared: unknown) => {
    log.push(cleared === id ? "cleared" : "cleared another");
  });
  vi.stubGlobal("Deno", { unrefTimer: (timer: unknown) => log.push(`Deno unref ${timer}`) });
  return log;
}

it("does not keep the process alive with background timers that are objects", () => {
  const log = stubTimers((log) => ({ unref: () => log("unref") }));
  denoPlatform.timers.after?.(1000, () => undefined)();
  expect(log).toEqual(["set for 1000", "unref", "cleared"]);
});

it("does not keep the process alive with background timers that are numbers", () => {
  const log = stubTimers(() => 7);
  denoPlatform.timers.after?.(1000, () => undefined)();
  expect(log).toEqual(["set for 1000", "Deno unref 7", "cleared"]);
});

it.each(["start", "after"] as const)("%s cancels a real timer after timers were faked", (name) => {
  const log = stubTimers(() => 7);
  const cancel = denoPlatform.timers[name]?.(1000, () => undefined);
  vi.stubGlobal("clearTimeout", () => expect.unreachable("It would not know the timer."));
  cancel?.();
  expect(log.at(-1)).toBe("cleared");
});

it("loads Deno's timers with the module, before any call", async () => {
  const log = stubTimers(() => 7);
  vi.resetModules();
  await import("../src/deno-platform.ts");
  expect(log.at(-1)).toBe("cleared");
});

it("keeps the process alive while a call waits for its next attempt", async () => {
  const log = stubTimers(() => 7);
  const abort = new AbortController();
  const sleeping = denoPlatform.timers.sleep(1000, abort.signal);
  abort.abort("enough");
  await expect(sleeping).rejects.toBe("enough");
  expect(log).toEqual(["set for 1000", "cleared"]);
});

it("replaces the connections for all requests after a timeout", async () => {
  const log: string[] = [];
  let pools = 0;
  const createHttpClient = () => {
    const name = `pool ${++pools}`;
    return { name, close: () => log.push(`${name} closed`) };
  };
  vi.stubGlobal("Deno", { createHttpClient });
  vi.stubGlobal("fetch", async (_url: string, { client }: { client?: { name: string } }) => {
    log.push(client?.name ?? "common pool");
    return Response.json([]);
  });
  const { signal } = new AbortController();
  const keep: FetchInit = { method: "GET", headers: {}, signal, redirect: "manual" };
  await denoPlatform.fetch(apiUrl, keep);
  await denoPlatform.fetch(apiUrl, { ...keep, keepalive: false });
  await denoPlatform.fetch(apiUrl, keep);
  expect(log.splice(0)).toEqual(["common pool", "pool 1", "pool 1"]);
  await denoPlatform.fetch(apiUrl, { ...keep, keepalive: false });
  expect(log.splice(0)).toEqual(["pool 1 closed", "pool 2"]);
  // Versions of Deno without pools of their own use the common one.
  vi.stubGlobal("Deno", {});
  await denoPlatform.fetch(apiUrl, { ...keep, keepalive: false });
  expect(log).toEqual(["pool 2 closed", "common pool"]);
});

it("leaves no connections when the last client is closed", async () => {
  // Other tests leave clients open.
  vi.resetModules();
  const { Flagsmith } = await import("../src/index.ts");
  const { denoPlatform } = await import("../src/deno-platform.ts");
  const log: string[] = [];
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("Deno", {
    createHttpClient: () => ({ close: () => log.push("closed") }),
    unrefTimer: () => undefined,
  });
  vi.stubGlobal("fetch", async (_url: string, { client }: { client?: object }) => {
    log.push(client ? "own pool" : "common pool");
    const feature = { id: 1, name: "banner" };
    return Response.json([{ feature, enabled: true, feature_state_value: null }]);
  });
  const one = new Flagsmith({ environmentKey, apiUrl });
  const other = new Flagsmith({ environmentKey, apiUrl, enableAnalytics: true });
  const { signal } = new AbortController();
  const init: FetchInit = { method: "GET", headers: {}, signal, redirect: "manual" };
  await denoPlatform.fetch(apiUrl, { ...init, keepalive: false });
  await one.close();
  await one.close();
  const flags = await other.getEnvironmentFlags();
  expect(log.splice(0)).toEqual(["own pool", "own pool"]);
  flags.isFeatureEnabled("banner");
  await other.close();
  await denoPlatform.fetch(apiUrl, init);
  // The last report first, because the common pool may have a dead connection.
  expect(log).toEqual(["own pool", "closed", "common pool"]);
});

it("sends its name and version to the API", async () => {
  const fetch = vi.fn<NonNullable<FlagsmithOptions["fetch"]>>(async () => Response.json([]));
  await new Flagsmith({ environmentKey, apiUrl, fetch }).getEnvironmentFlags();
  const headers = new Headers(fetch.mock.lastCall?.[1].headers);
  const name = `flagsmith-isomorphic-deno/${manifest.version}`;
  expect(headers.get("User-Agent")).toBe(name);
  expect(headers.get("Flagsmith-SDK-User-Agent")).toBe(name);
});

it.each([
  ["NotCapable", (denied: Error) => denied],
  ["PermissionDenied", (denied: Error) => denied],
  ["NotCapable", (denied: Error) => new TypeError("fetch failed", { cause: denied })],
  [
    "PermissionDenied",
    (denied: Error) => new Error("outer", { cause: new Error("inner", { cause: denied }) }),
  ],
])("reports %s as PERMISSION_DENIED without a retry, also as a cause", async (name, wrap) => {
  const fetch = vi.fn<NonNullable<FlagsmithOptions["fetch"]>>(async () => {
    throw wrap(Object.assign(new Error("Requires net access"), { name }));
  });
  const flags = new Flagsmith({ environmentKey, apiUrl, fetch }).getEnvironmentFlags();
  const error = await flags.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FlagsmithAPIError);
  expect(error).toMatchObject({ code: "PERMISSION_DENIED", status: undefined });
  expect(fetch).toHaveBeenCalledTimes(1);
});

it("does not report other errors as permission errors", () => {
  expect(denoPlatform.isPermissionError?.(new TypeError("fetch failed"))).toBe(false);
  expect(denoPlatform.isPermissionError?.("NotCapable")).toBe(false);
});
