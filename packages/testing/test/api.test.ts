import { beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi, type WireDocument, type WireFlag } from "../src/index.ts";
import { document, headers } from "./support/environment.ts";

const ROOT = "https://flagsmith.test/api/v1/";
const clientHeaders = { "X-Environment-Key": "clientkey" };
const jsonHeaders = { ...headers, "Content-Type": "application/json" };

let clock = Date.parse("2026-06-01T00:00:00.250Z");
const now = () => clock;
let api = createFlagsmithApi({ document, now });

beforeEach(() => {
  clock = Date.parse("2026-06-01T00:00:00.250Z");
  api = createFlagsmithApi({ document, now });
});

const get = (path: string, init: RequestInit = {}) => api.fetch(ROOT + path, { headers, ...init });
const getJson = async (path: string, init?: RequestInit) => (await get(path, init)).json();
const post = (path: string, body: unknown, init: RequestInit = {}) =>
  get(path, { method: "POST", headers: jsonHeaders, body: JSON.stringify(body), ...init });
const identify = async (body: unknown, init?: RequestInit) =>
  (await post("identities/", body, init)).json();

describe("The requests the API received", () => {
  it("are recorded with method, origin, path, search, headers, body and time", async () => {
    await post("identities/?x=1", { identifier: "ann" });
    expect(api.requests).toEqual([
      {
        method: "POST",
        origin: "https://flagsmith.test",
        path: "/api/v1/identities/",
        search: "?x=1",
        headers: {
          accept: "*/*",
          "content-type": "application/json",
          "x-environment-key": "ser.testing",
        },
        body: '{"identifier":"ann"}',
        time: clock,
      },
    ]);
    api.clearRequests();
    expect(api.requests).toEqual([]);
  });

  it("are the same for a Request object, a URL and a text", async () => {
    await api.fetch(new Request(`${ROOT}flags/`, { headers }));
    await api.fetch(new URL(`${ROOT}flags/`), { headers });
    await api.fetch(`${ROOT}flags/`, { headers });
    expect(new Set(api.requests.map((request) => JSON.stringify(request))).size).toBe(1);
  });

  it("do not include one that was aborted before it was sent", async () => {
    const signal = AbortSignal.abort(new Error("no longer wanted"));
    await expect(get("flags/", { signal })).rejects.toThrow("no longer wanted");
    expect(api.requests).toEqual([]);
  });
});

describe("A request that hangs", () => {
  it("can be aborted at any moment", async () => {
    for (let ticks = 0; ticks < 40; ticks++) {
      api.clearFaults();
      api.failNext(1, { kind: "hang" });
      const caller = new AbortController();
      const pending = get("flags/", { signal: caller.signal });
      const rejects = expect(pending).rejects.toThrow("no longer wanted");
      for (let tick = 0; tick < ticks; tick++) await undefined;
      caller.abort(new Error("no longer wanted"));
      await rejects;
    }
  });
});

describe("An answer that was not read yet", () => {
  it("fails to be read once the caller has aborted", async () => {
    const caller = new AbortController();
    const response = await get("flags/", { signal: caller.signal });
    caller.abort(new Error("no longer wanted"));
    await expect(response.text()).rejects.toThrow("no longer wanted");
  });
});

describe("The environment's flags", () => {
  it("leave server-key-only features out for a client-side key", async () => {
    const names = async (init?: RequestInit) =>
      ((await getJson("flags/", init)) as WireFlag[]).map((flag) => flag.feature.name);
    expect(await names()).toEqual(["banner", "dark_mode", "secret"]);
    expect(await names({ headers: clientHeaders })).toEqual(["banner", "dark_mode"]);
  });

  it("leave disabled ones out where the environment hides them", async () => {
    api.updateDocument((draft) => {
      draft.hide_disabled_flags = true;
    });
    expect(await getJson("flags/")).toHaveLength(2);
    expect((await identify({ identifier: "ann" })).flags).toHaveLength(2);
  });
});

describe("The flags of an identity", () => {
  it("are the environment's own, with a null variant, where none are given", async () => {
    const { flags } = await identify({ identifier: "ann" });
    expect(flags[0]).toMatchObject({ feature: { name: "banner" }, variant: null, enabled: true });
  });

  it("are the given ones, asked for with the traits that count", async () => {
    const asked: unknown[] = [];
    api = createFlagsmithApi({
      document,
      identityFlags: (identity) => {
        asked.push(identity);
        return identity.identifier === "ann" ? [] : undefined;
      },
    });
    await identify({ identifier: "ann", traits: [{ trait_key: "plan", trait_value: "pro" }] });
    expect((await identify({ identifier: "ann", transient: true })).flags).toEqual([]);
    expect((await identify({ identifier: "ben" })).flags).toHaveLength(3);
    const traits = [{ id: 1, trait_key: "plan", trait_value: "pro", transient: false }];
    expect(asked).toEqual([
      { identifier: "ann", traits, transient: false },
      { identifier: "ann", traits, transient: true },
      { identifier: "ben", traits: [], transient: false },
    ]);
  });

  it("answer a GET, also for one feature", async () => {
    expect(await getJson("identities/?identifier=ann")).toMatchObject({ identifier: "ann" });
    expect(await getJson("identities/?identifier=ann&feature=BANNER")).toMatchObject({
      feature_state_value: "hello",
    });
    expect((await get("identities/?identifier=ann&feature=nope")).status).toBe(404);
    expect(await getJson("identities/")).toEqual({ detail: "Missing identifier" });
  });

  it("answer nobody in particular under the same name for the same traits", async () => {
    const body = { traits: [{ trait_key: "plan", trait_value: "pro" }] };
    const [first, second] = [await identify(body), await identify(body)];
    expect(first.identifier).toMatch(/^[0-9a-f]{32}$/);
    expect(second.identifier).toBe(first.identifier);
    expect(first.traits).toEqual([
      { id: null, trait_key: "plan", trait_value: "pro", transient: true },
    ]);
  });

  it("refuse traits from a client-side key where the environment says so", async () => {
    api.updateDocument((draft) => {
      draft.allow_client_traits = false;
    });
    const traits = [{ trait_key: "plan", trait_value: "pro" }];
    const asClient = { headers: { ...jsonHeaders, ...clientHeaders } };
    expect((await post("identities/", { identifier: "a", traits }, asClient)).status).toBe(400);
    expect((await post("identities/", { identifier: "a" }, asClient)).status).toBe(200);
    expect((await post("identities/", { identifier: "a", traits })).status).toBe(200);
  });

  it("read form and multipart bodies", async () => {
    const form = new FormData();
    form.set("identifier", "from a form");
    for (const body of [form, new URLSearchParams({ identifier: "from a form" })]) {
      const answer = await getJson("identities/", { method: "POST", body });
      expect(answer.identifier).toBe("from a form");
    }
  });
});

describe("The environment document", () => {
  it("is served whole to server-side keys alone", async () => {
    expect(await getJson("environment-document/")).toEqual(document);
    expect((await get("environment-document/", { headers: clientHeaders })).status).toBe(403);
  });

  it("moves its date with every change, though within one second Last-Modified stays", async () => {
    const read = async () => {
      const response = await get("environment-document/");
      const { updated_at } = (await response.json()) as WireDocument;
      const head = (name: string) => response.headers.get(name);
      return [updated_at, head("x-flagsmith-document-updated-at"), head("last-modified")];
    };
    expect(await read()).toEqual([
      "2026-01-02T03:04:05.678901+00:00",
      "1767323045.678901",
      "Fri, 02 Jan 2026 03:04:05 GMT",
    ]);
    api.setDocument({ ...document, feature_states: [] });
    const lastModified = "Mon, 01 Jun 2026 00:00:00 GMT";
    expect(await read()).toEqual([
      "2026-06-01T00:00:00.250000+00:00",
      "1780272000.25",
      lastModified,
    ]);
    api.updateDocument((draft) => {
      draft.identity_overrides = [];
    });
    expect(await read()).toEqual([
      "2026-06-01T00:00:00.251000+00:00",
      "1780272000.251",
      lastModified,
    ]);
    const conditional = { headers: { ...headers, "If-Modified-Since": lastModified } };
    expect((await get("environment-document/", conditional)).status).toBe(304);
    clock += 1000;
    api.updateDocument(() => {});
    expect((await get("environment-document/", conditional)).status).toBe(200);
  });

  it("is not touched through what a caller handed in or got back", async () => {
    const own = structuredClone(document) as { name?: string } & WireDocument;
    api.setDocument(own);
    own.name = "changed outside";
    (api.document as { name?: string }).name = "changed outside";
    expect(await getJson("environment-document/")).not.toHaveProperty("name");
  });

  it("comes in pages that together hold every identity override", async () => {
    api = createFlagsmithApi({ document, pageSize: 2 });
    const seen: string[] = [];
    let path: string | undefined = "/api/v1/environment-document/";
    let pages = 0;
    while (path !== undefined) {
      const response: Response = await api.fetch(new URL(path, ROOT), { headers });
      const body = (await response.json()) as WireDocument;
      seen.push(...(body.identity_overrides ?? []).map(({ identifier }) => identifier));
      expect(body.feature_states).toHaveLength(3);
      path = /^<([^>]*[?&]page_id=[^>]+)>; rel="next"$/.exec(
        response.headers.get("link") ?? "",
      )?.[1];
      pages++;
    }
    expect(pages).toBe(3);
    expect(seen).toEqual(["alice", "bob", "carol", "dave", "erin"]);
  });

  it("is refused when it is none", () => {
    expect(() => api.setDocument({} as WireDocument)).toThrow(TypeError);
  });
});

describe("Analytics", () => {
  it("are summed over both versions, known features and whole counts only", async () => {
    await post("analytics/flags/", { banner: 2, nope: 1, dark_mode: "3", secret: 1.5 });
    const evaluation = { feature_name: "banner", enabled_when_evaluated: true, count: 3 };
    const url = "https://flagsmith.test/api/v2/analytics/flags/";
    const body = JSON.stringify({ evaluations: [evaluation] });
    const response = await api.fetch(url, { method: "POST", headers: jsonHeaders, body });
    expect(response.status).toBe(204);
    expect(api.acceptedAnalytics).toEqual({ banner: 5 });
  });
});

describe("Events", () => {
  const event = { event: "$flag_exposure", identifier: "ann", timestamp: 1, traits: {} };
  const send = (body: unknown, init: RequestInit = {}) =>
    api.fetch("https://events.test/v1/events", {
      method: "POST",
      headers: { ...jsonHeaders, "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify(body),
      ...init,
    });

  it("are taken in where the API has them", async () => {
    api = createFlagsmithApi({ document, events: true });
    expect((await send({ events: [event, event] })).status).toBe(202);
    expect(api.acceptedEvents).toEqual([event, event]);
    expect((await send({ events: [{}] })).status).toBe(400);
    expect((await send({ events: [event] }, { headers: {} })).status).toBe(403);
    expect(api.acceptedEvents).toHaveLength(2);
  });

  it("are kept in the order they came in, and only with a key the API knows", async () => {
    api = createFlagsmithApi({ document, events: true });
    const named = (name: string) => ({ ...event, event: name });
    await send({ events: [named("a"), named("b")] });
    for (const key of ["", "ser.unknown"]) {
      const refused = { headers: { ...jsonHeaders, "X-Environment-Key": key } };
      expect((await send({ events: [named("refused")] }, refused)).status).toBe(403);
    }
    await send({ events: [named("c")] }, { headers: { ...jsonHeaders, ...clientHeaders } });
    expect(api.acceptedEvents.map(({ event: name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("have no endpoint otherwise, as on a self-hosted API", async () => {
    expect((await send({ events: [event] })).status).toBe(404);
  });
});

describe("Waiting", () => {
  it("goes through the delay option, so that a test can hold the clock", async () => {
    const waits: number[] = [];
    api = createFlagsmithApi({
      document,
      delay: async (milliseconds) => {
        waits.push(milliseconds);
      },
    });
    api.failNext(1, { kind: "slowHead", delayMs: 3_600_000 });
    api.failNext(1, { kind: "slowBody", delayMs: 500, chunks: 2 });
    await getJson("flags/");
    await getJson("flags/");
    expect(waits).toEqual([3_600_000, 500, 500]);
  });
});

describe("A reset", () => {
  it("leaves the API as it was made", async () => {
    api.setDocument({ ...document, feature_states: [] });
    await post("analytics/flags/", { banner: 1 });
    await identify({ identifier: "ann", traits: [{ trait_key: "plan", trait_value: "pro" }] });
    api.failNext(9, { kind: "hang" });
    api.reset();
    expect([api.requests, api.acceptedAnalytics, api.acceptedEvents]).toEqual([[], {}, []]);
    expect(api.document).toEqual(document);
    expect((await identify({ identifier: "ann" })).traits).toEqual([]);
  });
});
