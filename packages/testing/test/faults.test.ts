import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi, type Fault, type FlagsmithApi } from "../src/index.ts";
import { document, headers } from "./support/environment.ts";
import { eventually } from "./support/eventually.ts";
import { type ApiConnection, transports } from "./support/transports.ts";

const cancelled = new Error("cancelled");

describe.each(transports)("faults over $transport", ({ connect }) => {
  let api: FlagsmithApi;
  let connection: ApiConnection;

  beforeEach(async () => {
    api = createFlagsmithApi({ document, events: true });
    connection = await connect(api);
  });

  afterEach(() => connection.close());

  const get = (path = "flags/", init: RequestInit = {}) =>
    connection.fetch(`${connection.origin}/api/v1/${path}`, { headers, ...init });
  const readDocument = async () => (await get("environment-document/")).text();

  /** Aborts a request after the API has received it, and expects its rejection. */
  async function expectAbort(send: (signal: AbortSignal) => Promise<Response>): Promise<void> {
    const caller = new AbortController();
    const { length } = api.requests;
    const pending = send(caller.signal);
    pending.catch(() => undefined);
    await eventually(() => expect(api.requests).toHaveLength(length + 1));
    caller.abort(cancelled);
    await expect(pending).rejects.toThrow("cancelled");
  }

  it("sends a status with Retry-After for the given number of requests", async () => {
    api.failNext(2, { kind: "status", status: 503, retryAfter: "7" });
    for (let count = 0; count < 2; count++) {
      const response = await get();
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"]);
      expect(await response.json()).toEqual({ detail: "Status 503." });
    }
    expect((await get()).status).toBe(200);
  });

  it("sends a status with a custom body or an HTML page", async () => {
    api.failNext(1, { kind: "status", status: 429, body: { detail: "slow down" } });
    api.failNext(1, { kind: "status", status: 502, html: true });
    expect(await (await get()).json()).toEqual({ detail: "slow down" });
    const page = await get();
    expect(page.status).toBe(502);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toContain("<!doctype html>");
  });

  it("sends a status without a body if it does not allow one", async () => {
    api.failNext(1, { kind: "status", status: 304 });
    const response = await get();
    expect([response.status, await response.text()]).toEqual([304, ""]);
  });

  it("hangs until the caller aborts", async () => {
    api.failNext(1, { kind: "hang" });
    await expectAbort((signal) => get("flags/", { signal }));
  });

  it("resets the connection", async () => {
    api.failNext(1, { kind: "reset" });
    const error = await get().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ cause: { code: "ECONNRESET" } });
  });

  it("delays the head", async () => {
    api.failNext(1, { kind: "slowHead", delayMs: 60 });
    const start = performance.now();
    expect(await (await get()).json()).toHaveLength(3);
    expect(performance.now() - start).toBeGreaterThan(50);
  });

  it("lets the caller abort a delayed head", async () => {
    api.failNext(1, { kind: "slowHead", delayMs: 60_000 });
    await expectAbort((signal) => get("flags/", { signal }));
  });

  it("sends the body in slow pieces", async () => {
    api.failNext(1, { kind: "slowBody", delayMs: 30, chunks: 3 });
    const start = performance.now();
    const response = await get();
    expect(await response.json()).toHaveLength(3);
    expect(performance.now() - start).toBeGreaterThan(80);
  });

  it("lets the caller abort a slow body", async () => {
    api.failNext(1, { kind: "slowBody", delayMs: 60_000 });
    const caller = new AbortController();
    const response = await get("flags/", { signal: caller.signal });
    expect(response.status).toBe(200);
    const text = response.text();
    caller.abort(cancelled);
    await expect(text).rejects.toThrow("cancelled");
  });

  it("lets the caller abort between two pieces of a body", async () => {
    api.failNext(1, { kind: "slowBody", delayMs: 1, chunks: 8 });
    const caller = new AbortController();
    const response = await get("environment-document/", { signal: caller.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    caller.abort(cancelled);
    await expect(reader?.read()).rejects.toThrow("cancelled");
  });

  it.each(["length", "chunked"] as const)("cuts a body framed by %s", async (framing) => {
    api.failNext(1, { kind: "cutBody", framing });
    const response = await get("environment-document/");
    expect(response.status).toBe(200);
    expect(response.headers.has("content-length")).toBe(framing === "length");
    await expect(response.text()).rejects.toBeInstanceOf(TypeError);
  });

  it("cuts a body framed by close without an error", async () => {
    const whole = await readDocument();
    api.failNext(1, { kind: "cutBody", framing: "close", bytes: 40 });
    const response = await get("environment-document/");
    expect(response.headers.has("content-length")).toBe(false);
    expect(await response.text()).toBe(whole.slice(0, 40));
  });

  it("cuts after the given number of bytes, which arrive", async () => {
    api.failNext(1, { kind: "cutBody", framing: "chunked", bytes: 10 });
    const reader = (await get()).body?.getReader();
    const first = await reader?.read();
    expect(first?.value).toHaveLength(10);
    await expect(reader?.read()).rejects.toBeInstanceOf(TypeError);
  });

  it("handles a request whose response is cut, but not one that fails", async () => {
    api.failNext(1, { kind: "cutBody", framing: "length" });
    const url = `${connection.origin}/api/v1/analytics/flags/`;
    const body = JSON.stringify({ banner: 2 });
    const sent = {
      method: "POST",
      body,
      headers: { ...headers, "Content-Type": "application/json" },
    };
    await connection
      .fetch(url, sent)
      .then((response) => response.text())
      .catch(() => {});
    api.failNext(1, { kind: "status", status: 500 });
    await connection.fetch(url, sent);
    expect(api.acceptedAnalytics).toEqual({ banner: 2 });
  });

  describe.each(["hang", "reset"] as const)("lostResponse by %s", (how) => {
    const post = (path: string, body: unknown, signal?: AbortSignal) =>
      connection.fetch(connection.origin + path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { ...headers, "Content-Type": "application/json" },
        ...(signal && { signal }),
      });
    const expectLoss = (path: string, body: unknown) =>
      how === "hang"
        ? expectAbort((signal) => post(path, body, signal))
        : expect(post(path, body)).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });

    it("accepts evaluations and events", async () => {
      const evaluation = { feature_name: "banner", enabled_when_evaluated: true, count: 3 };
      const events = [{ event: "signup", timestamp: 1 }];
      for (const [path, body] of [
        ["/api/v1/analytics/flags/", { banner: 2 }],
        ["/api/v2/analytics/flags/", { evaluations: [evaluation] }],
        ["/v1/events", { events }],
      ] as const) {
        api.failNext(1, { kind: "lostResponse", how });
        await expectLoss(path, body);
      }
      await eventually(() => expect(api.acceptedAnalytics).toEqual({ banner: 5 }));
      await eventually(() => expect(api.acceptedEvents).toEqual(events));
    });

    it("counts a retried report twice", async () => {
      api.failNext(1, { kind: "lostResponse", how });
      await expectLoss("/api/v1/analytics/flags/", { banner: 2 });
      expect((await post("/api/v1/analytics/flags/", { banner: 2 })).status).toBe(200);
      expect(api.acceptedAnalytics).toEqual({ banner: 4 });
    });

    it("accepts nothing if the fault replaces the response", async () => {
      api.failNext(1, { kind: how });
      await expectLoss("/api/v1/analytics/flags/", { banner: 2 });
      expect((await post("/api/v1/analytics/flags/", { dark_mode: 1 })).status).toBe(200);
      expect(api.acceptedAnalytics).toEqual({ dark_mode: 1 });
    });
  });

  it("sends status 200 with an HTML page", async () => {
    api.failNext(1, { kind: "html200" });
    const response = await get();
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(await response.text()).toMatch(/^<!doctype html>/);
  });

  it("sends JSON of a wrong shape", async () => {
    api.failNext(1, { kind: "wrongShape", json: { flags: "none" } });
    expect(await (await get()).json()).toEqual({ flags: "none" });
  });

  it.each([301, 302, 303, 307, 308] as const)(
    "redirects with %i to a path that works",
    async (status) => {
      api.failNext(1, { kind: "redirect", status });
      const response = await get("flags/?feature=banner", { redirect: "manual" });
      expect(response.status).toBe(status);
      const location = new URL(response.headers.get("location") ?? "", connection.origin);
      expect(location.origin).toBe(connection.origin);
      expect(location.pathname).not.toBe("/api/v1/flags/");
      const moved = await connection.fetch(location, { headers, redirect: "manual" });
      expect(await moved.json()).toMatchObject({ feature: { name: "banner" } });
    },
  );

  it("redirects to a working path without a trailing slash", async () => {
    api.failNext(1, { kind: "redirect", status: 308, slash: false });
    expect(await (await get()).json()).toHaveLength(3);
    expect(api.requests.map(({ path }) => path)).toEqual(["/api/v1/flags/", "/moved/api/v1/flags"]);
  });

  it("keeps the body of a redirected POST with 307 and 308, and drops it otherwise", async () => {
    const sent = {
      method: "POST",
      body: JSON.stringify({ identifier: "zoe" }),
      headers: { ...headers, "content-type": "application/json" },
    };
    for (const status of [307, 308] as const) {
      api.failNext(1, { kind: "redirect", status });
      expect(await (await get("identities/", sent)).json()).toMatchObject({ identifier: "zoe" });
    }
    for (const status of [301, 302, 303] as const) {
      api.failNext(1, { kind: "redirect", status });
      const response = await get("identities/", sent);
      expect(await response.json()).toEqual({ detail: "Missing identifier" });
      expect(response.redirected).toBe(true);
    }
  });

  it("redirects to another origin", async () => {
    api.failNext(1, { kind: "redirectAway", location: "https://elsewhere.test/x/", status: 302 });
    const response = await get("flags/", { redirect: "manual" });
    expect(response.headers.get("location")).toBe("https://elsewhere.test/x/");
  });

  it("redirects endlessly", async () => {
    api.failNext(1, { kind: "redirectLoop" });
    await expect(get()).rejects.toBeInstanceOf(TypeError);
    expect(api.requests.length).toBeGreaterThan(19);
  });

  it("rejects a redirect with redirect: error", async () => {
    api.failNext(1, { kind: "redirect" });
    await expect(get("flags/", { redirect: "error" })).rejects.toBeInstanceOf(TypeError);
  });

  it("applies only to requests with a matching path", async () => {
    api.failNext(1, { kind: "status", status: 500, path: "environment-document/" });
    expect((await get()).status).toBe(200);
    expect((await get("environment-document/")).status).toBe(500);
    expect((await get("environment-document/")).status).toBe(200);
  });

  it("applies faults in order", async () => {
    api.failNext(1, { kind: "status", status: 500 });
    api.failNext(1, { kind: "status", status: 502 });
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([
      500, 502, 200,
    ]);
  });

  it("can be cleared", async () => {
    api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 500 });
    expect((await get()).status).toBe(500);
    expect((await get()).status).toBe(500);
    api.clearFaults();
    expect((await get()).status).toBe(200);
  });
});

describe("failNext", () => {
  it("rejects a negative count and an unknown kind", () => {
    const api = createFlagsmithApi({ document });
    expect(() => api.failNext(-1, { kind: "hang" })).toThrow(RangeError);
    expect(() => api.failNext(1, { kind: "explode" } as unknown as Fault)).toThrow("explode");
  });
});
