import { afterEach, expect, it, vi } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { denoPlatform } from "../src/deno-platform.ts";
import { Flagsmith, FlagsmithAPIError, type FlagsmithOptions } from "../src/index.ts";

const environmentKey = "deno-test-key";
const apiUrl = "https://flagsmith.test/api/v1/";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Timers that never fire, with ids of the given kind; what became of them is written down. */
function fakeTimers<Id>(makeId: (note: (what: string) => void) => Id) {
  const notes: unknown[] = [];
  const id = makeId((what) => notes.push(what));
  vi.stubGlobal("setTimeout", (_task: () => void, ms: number) => {
    notes.push(`set for ${ms}`);
    return id;
  });
  vi.stubGlobal("clearTimeout", (cleared: unknown) => {
    notes.push(cleared === id ? "cleared" : "cleared another");
  });
  vi.stubGlobal("Deno", { unrefTimer: (timer: unknown) => notes.push(`Deno unref ${timer}`) });
  return notes;
}

it("lets background timers keep no process alive, where Deno gives objects", () => {
  const notes = fakeTimers((note) => ({ unref: () => note("unref") }));
  denoPlatform.timers.after?.(1000, () => undefined)();
  expect(notes).toEqual(["set for 1000", "unref", "cleared"]);
});

it("lets background timers keep no process alive, where Deno gives numbers", () => {
  const notes = fakeTimers(() => 7);
  denoPlatform.timers.after?.(1000, () => undefined)();
  expect(notes).toEqual(["set for 1000", "Deno unref 7", "cleared"]);
});

it("keeps the process alive while a user's call sleeps between two attempts", async () => {
  const notes = fakeTimers(() => 7);
  const abort = new AbortController();
  const sleeping = denoPlatform.timers.sleep(1000, abort.signal);
  abort.abort("enough");
  await expect(sleeping).rejects.toBe("enough");
  expect(notes).toEqual(["set for 1000", "cleared"]);
});

it("tells the API its own true name and version", async () => {
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
])("makes %s PERMISSION_DENIED wherever it stands, without a retry", async (name, thrown) => {
  const fetch = vi.fn<NonNullable<FlagsmithOptions["fetch"]>>(async () => {
    throw thrown(Object.assign(new Error("Requires net access"), { name }));
  });
  const asked = new Flagsmith({ environmentKey, apiUrl, fetch }).getEnvironmentFlags();
  const error = await asked.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FlagsmithAPIError);
  expect(error).toMatchObject({ code: "PERMISSION_DENIED", status: undefined });
  expect(fetch).toHaveBeenCalledTimes(1);
});

it("takes other failures for what they are", () => {
  expect(denoPlatform.isPermissionError?.(new TypeError("fetch failed"))).toBe(false);
  expect(denoPlatform.isPermissionError?.("NotCapable")).toBe(false);
});
