import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import {
  createFlagsmithApi,
  type FlagsmithApiOptions,
  type WireDocument,
  type WireFlag,
} from "../src/index.ts";
import { document, headers } from "./support/environment.ts";

const apiUrl = "https://flagsmith.test/api/v1/";
const clientHeaders = { "X-Environment-Key": "clientkey" };
const jsonHeaders = { ...headers, "Content-Type": "application/json" };

let clock = Date.parse("2026-06-01T00:00:00.250Z");
const now = () => clock;
let api = createFlagsmithApi({ document, now });

beforeEach(() => {
  clock = Date.parse("2026-06-01T00:00:00.250Z");
  api = createFlagsmithApi({ document, now });
});

const get = (path: string, init: RequestInit = {}) =>
  api.fetch(apiUrl + path, { headers, ...init });
const getJson = async (path: string, init?: RequestInit) => (await get(path, init)).json();
const post = (path: string, body: unknown, init: RequestInit = {}) =>
  get(path, { method: "POST", headers: jsonHeaders, body: JSON.stringify(body), ...init });
const identify = async (body: unknown, init?: RequestInit) =>
  (await post("identities/", body, init)).json();

describe("requests", () => {
  it("contain method, origin, path, search, headers, body and time", async () => {
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

  it("are equal for a Request object, a URL and a string", async () => {
    await api.fetch(new Request(`${apiUrl}flags/`, { headers }));
    await api.fetch(new URL(`${apiUrl}flags/`), { headers });
    await api.fetch(`${apiUrl}flags/`, { headers });
    expect(new Set(api.requests.map((request) => JSON.stringify(request))).size).toBe(1);
  });

  it("do not contain a request that was aborted before it was sent", async () => {
    const signal = AbortSignal.abort(new Error("cancelled"));
    await expect(get("flags/", { signal })).rejects.toThrow("cancelled");
    expect(api.requests).toEqual([]);
  });
});

describe("options", () => {
  it("have their defaults if they are undefined", async () => {
    const options: Record<keyof FlagsmithApiOptions, undefined> = {
      document: undefined,
      environmentKey: undefined,
      extraKeys: undefined,
      identityFlags: undefined,
      pageSize: undefined,
      documentDates: undefined,
      replicaLag: undefined,
      events: undefined,
      realtime: undefined,
      control: undefined,
      now: undefined,
      delay: undefined,
    };
    api = createFlagsmithApi(options);
    expect(api.environmentKey).toBe("ser.testing");
    expect(api.document).toMatchObject({ api_key: "client-key", feature_states: [] });
    const path = undefined;
    api.failNext(1, { kind: "status", status: 503, retryAfter: undefined, body: undefined, path });
    const response = await get("flags/");
    expect(response.headers.get("retry-after")).toBeNull();
    expect(await response.json()).toEqual({ detail: "Status 503." });
  });
});

describe("fetch", () => {
  it("aborts a hanging request at any time", async () => {
    for (let ticks = 0; ticks < 40; ticks++) {
      api.clearFaults();
      api.failNext(1, { kind: "hang" });
      const caller = new AbortController();
      const pending = get("flags/", { signal: caller.signal });
      const rejects = expect(pending).rejects.toThrow("cancelled");
      for (let tick = 0; tick < ticks; tick++) await undefined;
      caller.abort(new Error("cancelled"));
      await rejects;
    }
  });

  it("rejects reading a response after the caller has aborted", async () => {
    const caller = new AbortController();
    const response = await get("flags/", { signal: caller.signal });
    caller.abort(new Error("cancelled"));
    await expect(response.text()).rejects.toThrow("cancelled");
  });
});

describe("flags/", () => {
  it("hides server-key-only features from client-side keys", async () => {
    const names = async (init?: RequestInit) =>
      ((await getJson("flags/", init)) as WireFlag[]).map((flag) => flag.feature.name);
    expect(await names()).toEqual(["banner", "dark_mode", "secret"]);
    expect(await names({ headers: clientHeaders })).toEqual(["banner", "dark_mode"]);
  });

  it("hides disabled flags if the environment says so", async () => {
    api.updateDocument((draft) => {
      draft.hide_disabled_flags = true;
    });
    expect(await getJson("flags/")).toHaveLength(2);
    expect((await identify({ identifier: "ann" })).flags).toHaveLength(2);
  });
});

describe("identities/", () => {
  it("evaluates the document without an identityFlags handler", async () => {
    const { flags } = await identify({ identifier: "ann" });
    expect(flags[0]).toMatchObject({ feature: { name: "banner" }, variant: null, enabled: true });
  });

  it("calls identityFlags with stored and sent traits", async () => {
    const identities: unknown[] = [];
    api = createFlagsmithApi({
      document,
      identityFlags: (identity) => {
        identities.push(identity);
        return identity.identifier === "ann" ? [] : undefined;
      },
    });
    await identify({ identifier: "ann", traits: [{ trait_key: "plan", trait_value: "pro" }] });
    expect((await identify({ identifier: "ann", transient: true })).flags).toEqual([]);
    expect((await identify({ identifier: "ben" })).flags).toHaveLength(3);
    const traits = [{ id: 1, trait_key: "plan", trait_value: "pro", transient: false }];
    expect(identities).toEqual([
      { identifier: "ann", traits, transient: false },
      { identifier: "ann", traits, transient: true },
      { identifier: "ben", traits: [], transient: false },
    ]);
  });

  it("responds to GET, for all features or one", async () => {
    expect(await getJson("identities/?identifier=ann")).toMatchObject({ identifier: "ann" });
    expect(await getJson("identities/?identifier=ann&feature=BANNER")).toMatchObject({
      feature_state_value: "hello",
    });
    expect((await get("identities/?identifier=ann&feature=nope")).status).toBe(404);
    expect(await getJson("identities/")).toEqual({ detail: "Missing identifier" });
  });

  it("gives anonymous identities the digest of their traits as identifier", async () => {
    const traits = [
      { trait_key: "plan", trait_value: "pro" },
      { trait_key: "beta", trait_value: true },
      { trait_key: "age", trait_value: null },
    ];
    const first = await identify({ traits });
    expect(first.identifier).toBe(createHash("sha256").update("betaTrueplanpro").digest("hex"));
    expect(first.traits).toMatchObject([
      { id: null, trait_key: "plan", trait_value: "pro", transient: true },
      { id: null, trait_key: "beta", trait_value: true, transient: true },
    ]);
    const deleted = await identify({ traits: [{ trait_key: "age", trait_value: null }] });
    expect(deleted.identifier).toBe(createHash("sha256").digest("hex"));
    const [one, other] = [await identify({}), await identify({})];
    expect(one.identifier).toMatch(/^[0-9a-f]{32}$/);
    expect(other.identifier).not.toBe(one.identifier);
  });

  it("refuses traits from client-side keys if the environment says so", async () => {
    api.updateDocument((draft) => {
      draft.allow_client_traits = false;
    });
    const traits = [{ trait_key: "plan", trait_value: "pro" }];
    const asClient = { headers: { ...jsonHeaders, ...clientHeaders } };
    expect((await post("identities/", { identifier: "a", traits }, asClient)).status).toBe(400);
    expect((await post("identities/", { identifier: "a" }, asClient)).status).toBe(200);
    expect((await post("identities/", { identifier: "a", traits })).status).toBe(200);
  });

  it("hides server-key-only features from client-side keys", async () => {
    const asClient = { headers: { ...jsonHeaders, ...clientHeaders } };
    const { flags } = await identify({ identifier: "ann" }, asClient);
    expect(flags.map(({ feature }: WireFlag) => feature.name)).toEqual(["banner", "dark_mode"]);
  });

  it("keeps no traits if the organisation does not, and shows none of sensitive data", async () => {
    const traits = [{ trait_key: "plan", trait_value: "pro" }];
    api.updateDocument(({ project }) => {
      project.organisation = { persist_trait_data: false };
    });
    expect((await identify({ identifier: "ann", traits })).traits).toMatchObject(traits);
    expect((await identify({ identifier: "ann" })).traits).toEqual([]);
    api.updateDocument((draft) => {
      draft.hide_sensitive_data = true;
    });
    expect((await identify({ identifier: "ann", traits })).traits).toEqual([]);
  });

  it("accepts form and multipart bodies", async () => {
    const form = new FormData();
    form.set("identifier", "from a form");
    for (const body of [form, new URLSearchParams({ identifier: "from a form" })]) {
      const identity = await getJson("identities/", { method: "POST", body });
      expect(identity.identifier).toBe("from a form");
    }
  });
});

describe("environment-document/", () => {
  it("serves the whole document, to server-side keys only", async () => {
    expect(await getJson("environment-document/")).toEqual(document);
    expect((await get("environment-document/", { headers: clientHeaders })).status).toBe(403);
  });

  it("changes updated_at at each change, and Last-Modified only each second", async () => {
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

  it("does not change with the objects that a caller passed or received", async () => {
    const own = structuredClone(document) as { name?: string } & WireDocument;
    api.setDocument(own);
    own.name = "changed outside";
    (api.document as { name?: string }).name = "changed outside";
    expect(await getJson("environment-document/")).not.toHaveProperty("name");
  });

  it("serves pages that contain all identity overrides together", async () => {
    api = createFlagsmithApi({ document, pageSize: 2 });
    const seen: string[] = [];
    let path: string | undefined = "/api/v1/environment-document/";
    let pages = 0;
    while (path !== undefined) {
      const response: Response = await api.fetch(new URL(path, apiUrl), { headers });
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

  it("rejects an invalid document", () => {
    expect(() => api.setDocument({} as WireDocument)).toThrow(TypeError);
  });
});

describe("analytics", () => {
  it("sums both versions, ignoring unknown features and fractional counts", async () => {
    await post("analytics/flags/", { banner: 2, nope: 1, dark_mode: "3", secret: 1.5 });
    const evaluation = { feature_name: "banner", enabled_when_evaluated: true, count: 3 };
    const url = "https://flagsmith.test/api/v2/analytics/flags/";
    const body = JSON.stringify({ evaluations: [evaluation] });
    const response = await api.fetch(url, { method: "POST", headers: jsonHeaders, body });
    expect(response.status).toBe(204);
    expect(api.acceptedAnalytics).toEqual({ banner: 5 });
  });
});

describe("events", () => {
  const event = { event: "$flag_exposure", identifier: "ann", timestamp: 1, traits: {} };
  const send = (body: unknown, init: RequestInit = {}) =>
    api.fetch("https://events.test/v1/events", {
      method: "POST",
      headers: { ...jsonHeaders, "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify(body),
      ...init,
    });

  it("accepts valid events", async () => {
    api = createFlagsmithApi({ document, events: true });
    expect((await send({ events: [event, event] })).status).toBe(202);
    expect(api.acceptedEvents).toEqual([event, event]);
    expect((await send({ events: [event, {}] })).status).toBe(400);
    expect((await send({ events: [{ ...event, event: 1 }] })).status).toBe(400);
    expect((await send({ events: [{ ...event, timestamp: "1" }] })).status).toBe(400);
    expect((await send({ events: [event] }, { headers: {} })).status).toBe(403);
    expect(api.acceptedEvents).toHaveLength(2);
  });

  it("keeps events in order, and refuses unknown keys", async () => {
    api = createFlagsmithApi({ document, events: true });
    const createEvent = (name: string) => ({ ...event, event: name });
    await send({ events: [createEvent("a"), createEvent("b")] });
    for (const key of ["", "ser.unknown"]) {
      const refused = { headers: { ...jsonHeaders, "X-Environment-Key": key } };
      expect((await send({ events: [createEvent("refused")] }, refused)).status).toBe(403);
    }
    await send({ events: [createEvent("c")] }, { headers: { ...jsonHeaders, ...clientHeaders } });
    expect(api.acceptedEvents.map(({ event: name }) => name)).toEqual(["a", "b", "c"]);
    api.clearReports();
    expect(api.acceptedEvents).toEqual([]);
  });

  it("has no endpoint by default, like a self-hosted API", async () => {
    expect((await send({ events: [event] })).status).toBe(404);
  });
});

describe("delay", () => {
  it("replaces all waits of slow faults", async () => {
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

describe("reset", () => {
  it("restores the initial state", async () => {
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
