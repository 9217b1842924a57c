import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi, type Fault, type FlagsmithApi } from "../src/index.ts";
import { document, headers } from "./support/environment.ts";
import { fronts, type OpenFront } from "./support/fronts.ts";

/** A bound against hanging, not a measurement. */
const SOON_MS = 200;

describe.each(fronts)("A fault of the API used $front", ({ open }) => {
  let api: FlagsmithApi;
  let front: OpenFront;

  beforeEach(async () => {
    api = createFlagsmithApi({ document, events: true });
    front = await open(api);
  });

  afterEach(() => front.close());

  const get = (path = "flags/", init: RequestInit = {}) =>
    front.fetch(`${front.origin}/api/v1/${path}`, { headers, ...init });
  const bodyOf = async () => (await get("environment-document/")).text();

  it("sends a status with Retry-After for as many requests as asked", async () => {
    api.failNext(2, { kind: "status", status: 503, retryAfter: "7" });
    for (let count = 0; count < 2; count++) {
      const response = await get();
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"]);
      expect(await response.json()).toEqual({ detail: "Status 503." });
    }
    expect((await get()).status).toBe(200);
  });

  it("sends a status with a body of the test's own, or a page", async () => {
    api.failNext(1, { kind: "status", status: 429, body: { detail: "slow down" } });
    api.failNext(1, { kind: "status", status: 502, html: true });
    expect(await (await get()).json()).toEqual({ detail: "slow down" });
    const page = await get();
    expect(page.status).toBe(502);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toContain("<!doctype html>");
  });

  it("sends a status that forbids a body without one", async () => {
    api.failNext(1, { kind: "status", status: 304 });
    const response = await get();
    expect([response.status, await response.text()]).toEqual([304, ""]);
  });

  it("hangs until the caller gives up", async () => {
    api.failNext(1, { kind: "hang" });
    const signal = AbortSignal.timeout(SOON_MS);
    await expect(get("flags/", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
    expect(api.requests).toHaveLength(1);
  });

  it("resets the connection", async () => {
    api.failNext(1, { kind: "reset" });
    const error = await get().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ cause: { code: "ECONNRESET" } });
  });

  it("sends the head late", async () => {
    api.failNext(1, { kind: "slowHead", delayMs: 60 });
    const start = performance.now();
    expect(await (await get()).json()).toHaveLength(3);
    expect(performance.now() - start).toBeGreaterThan(50);
  });

  it("lets the caller abort while it waits for a late head", async () => {
    api.failNext(1, { kind: "slowHead", delayMs: 60_000 });
    const signal = AbortSignal.timeout(SOON_MS);
    await expect(get("flags/", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("sends the head at once and the body in slow pieces", async () => {
    api.failNext(1, { kind: "slowBody", delayMs: 30, chunks: 3 });
    const start = performance.now();
    const response = await get();
    expect(await response.json()).toHaveLength(3);
    expect(performance.now() - start).toBeGreaterThan(80);
  });

  it("lets the caller abort in the middle of a slow body", async () => {
    api.failNext(1, { kind: "slowBody", delayMs: 60_000 });
    const signal = AbortSignal.timeout(SOON_MS);
    const response = await get("flags/", { signal });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("lets the caller abort between two pieces of a body that are read by hand", async () => {
    api.failNext(1, { kind: "slowBody", delayMs: 1, chunks: 8 });
    const caller = new AbortController();
    const response = await get("environment-document/", { signal: caller.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    caller.abort(new Error("no longer wanted"));
    await expect(reader?.read()).rejects.toThrow("no longer wanted");
  });

  it.each(["length", "chunked"] as const)("breaks a body off framed by %s", async (framing) => {
    api.failNext(1, { kind: "cutBody", framing });
    const response = await get("environment-document/");
    expect(response.status).toBe(200);
    expect(response.headers.has("content-length")).toBe(framing === "length");
    await expect(response.text()).rejects.toBeInstanceOf(TypeError);
  });

  it("ends a close-delimited body early without any sign but its text", async () => {
    const whole = await bodyOf();
    api.failNext(1, { kind: "cutBody", framing: "close", bytes: 40 });
    const response = await get("environment-document/");
    expect(response.headers.has("content-length")).toBe(false);
    expect(await response.text()).toBe(whole.slice(0, 40));
  });

  it("cuts at the byte asked for, and what came before arrives", async () => {
    api.failNext(1, { kind: "cutBody", framing: "chunked", bytes: 10 });
    const reader = (await get()).body?.getReader();
    const first = await reader?.read();
    expect(first?.value).toHaveLength(10);
    await expect(reader?.read()).rejects.toBeInstanceOf(TypeError);
  });

  it("still handles a request whose answer is cut or late", async () => {
    api.failNext(1, { kind: "cutBody", framing: "length" });
    const url = `${front.origin}/api/v1/analytics/flags/`;
    const body = JSON.stringify({ banner: 2 });
    const sent = {
      method: "POST",
      body,
      headers: { ...headers, "Content-Type": "application/json" },
    };
    await front
      .fetch(url, sent)
      .then((response) => response.text())
      .catch(() => {});
    api.failNext(1, { kind: "status", status: 500 });
    await front.fetch(url, sent);
    expect(api.acceptedAnalytics).toEqual({ banner: 2 });
  });

  describe.each(["hang", "reset"] as const)("that loses an answer by %s", (how) => {
    const post = (path: string, body: unknown) =>
      front.fetch(front.origin + path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { ...headers, "Content-Type": "application/json" },
        ...(how === "hang" ? { signal: AbortSignal.timeout(SOON_MS) } : {}),
      });
    const loss = how === "hang" ? { name: "TimeoutError" } : { cause: { code: "ECONNRESET" } };

    it("lets the API count the evaluations and keep the events all the same", async () => {
      const evaluation = { feature_name: "banner", enabled_when_evaluated: true, count: 3 };
      const events = [{ event: "signup", timestamp: 1 }];
      for (const [path, body] of [
        ["/api/v1/analytics/flags/", { banner: 2 }],
        ["/api/v2/analytics/flags/", { evaluations: [evaluation] }],
        ["/v1/events", { events }],
      ] as const) {
        api.failNext(1, { kind: "lostResponse", how });
        await expect(post(path, body)).rejects.toMatchObject(loss);
      }
      expect(api.acceptedAnalytics).toEqual({ banner: 5 });
      expect(api.acceptedEvents).toEqual(events);
    });

    it("counts what is sent again twice", async () => {
      api.failNext(1, { kind: "lostResponse", how });
      await expect(post("/api/v1/analytics/flags/", { banner: 2 })).rejects.toMatchObject(loss);
      expect((await post("/api/v1/analytics/flags/", { banner: 2 })).status).toBe(200);
      expect(api.acceptedAnalytics).toEqual({ banner: 4 });
    });

    it("differs from one that stands in for the answer: that counts nothing", async () => {
      api.failNext(1, { kind: how });
      await expect(post("/api/v1/analytics/flags/", { banner: 2 })).rejects.toMatchObject(loss);
      expect(api.acceptedAnalytics).toEqual({});
    });
  });

  it("answers 200 with a page", async () => {
    api.failNext(1, { kind: "html200" });
    const response = await get();
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(await response.text()).toMatch(/^<!doctype html>/);
  });

  it("answers valid JSON of a wrong shape", async () => {
    api.failNext(1, { kind: "wrongShape", json: { flags: "none" } });
    expect(await (await get()).json()).toEqual({ flags: "none" });
  });

  it.each([301, 302, 303, 307, 308] as const)(
    "redirects with %i to a path that works",
    async (status) => {
      api.failNext(1, { kind: "redirect", status });
      const response = await get("flags/?feature=banner", { redirect: "manual" });
      expect(response.status).toBe(status);
      const location = new URL(response.headers.get("location") ?? "", front.origin);
      expect(location.origin).toBe(front.origin);
      expect(location.pathname).not.toBe("/api/v1/flags/");
      const moved = await front.fetch(location, { headers, redirect: "manual" });
      expect(await moved.json()).toMatchObject({ feature: { name: "banner" } });
    },
  );

  it("redirects to a path without a slash that works too", async () => {
    api.failNext(1, { kind: "redirect", status: 308, slash: false });
    expect(await (await get()).json()).toHaveLength(3);
    expect(api.requests.map(({ path }) => path)).toEqual(["/api/v1/flags/", "/moved/api/v1/flags"]);
  });

  it("redirects a POST so that its body survives with 307 and is lost with 302", async () => {
    const sent = {
      method: "POST",
      body: JSON.stringify({ identifier: "zoe" }),
      headers: { ...headers, "content-type": "application/json" },
    };
    api.failNext(1, { kind: "redirect", status: 307 });
    expect(await (await get("identities/", sent)).json()).toMatchObject({ identifier: "zoe" });
    api.failNext(1, { kind: "redirect", status: 302 });
    expect(await (await get("identities/", sent)).json()).toEqual({ detail: "Missing identifier" });
  });

  it("redirects to another origin", async () => {
    api.failNext(1, { kind: "redirectAway", location: "https://elsewhere.test/x/", status: 302 });
    const response = await get("flags/", { redirect: "manual" });
    expect(response.headers.get("location")).toBe("https://elsewhere.test/x/");
  });

  it("redirects without end", async () => {
    api.failNext(1, { kind: "redirectLoop" });
    await expect(get()).rejects.toBeInstanceOf(TypeError);
    expect(api.requests.length).toBeGreaterThan(19);
  });

  it("refuses a redirect for a caller that wants none", async () => {
    api.failNext(1, { kind: "redirect" });
    await expect(get("flags/", { redirect: "error" })).rejects.toBeInstanceOf(TypeError);
  });

  it("waits for a request to its path and lets others pass", async () => {
    api.failNext(1, { kind: "status", status: 500, path: "environment-document/" });
    expect((await get()).status).toBe(200);
    expect((await get("environment-document/")).status).toBe(500);
    expect((await get("environment-document/")).status).toBe(200);
  });

  it("happens in the order it was asked for", async () => {
    api.failNext(1, { kind: "status", status: 500 });
    api.failNext(1, { kind: "status", status: 502 });
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([
      500, 502, 200,
    ]);
  });

  it("is forgotten when faults are cleared", async () => {
    api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 500 });
    expect((await get()).status).toBe(500);
    expect((await get()).status).toBe(500);
    api.clearFaults();
    expect((await get()).status).toBe(200);
  });
});

describe("A fault that makes no sense", () => {
  it("is refused when it is ordered", () => {
    const api = createFlagsmithApi({ document });
    expect(() => api.failNext(-1, { kind: "hang" })).toThrow(RangeError);
    expect(() => api.failNext(1, { kind: "explode" } as unknown as Fault)).toThrow("explode");
  });
});
