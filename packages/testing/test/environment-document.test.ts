import { beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi, type FlagsmithApiOptions, type WireDocument } from "../src/index.ts";
import { document, headers, streamPath } from "./support/environment.ts";
import { StreamReader } from "./support/stream-reader.ts";

const documentPath = "/api/v1/environment-document/";
const before = "Thu, 01 Jan 2026 00:00:00 GMT";
const later = "Thu, 01 Jan 2026 00:00:30 GMT";

let clock: number;
let api: ReturnType<typeof createFlagsmithApi>;

/** Creates an API whose document was changed when the clock started. */
function createApi(options: Partial<FlagsmithApiOptions> = {}): void {
  clock = Date.parse(before);
  const initial = createVersion("first");
  api = createFlagsmithApi({ document: initial, now: () => clock, ...options });
}

function createVersion(value: string): WireDocument {
  const [state, ...others] = document.feature_states;
  if (state === undefined) throw new Error("The document has no flags.");
  const feature_states = [{ ...state, feature_state_value: value }, ...others];
  return { ...document, updated_at: new Date(before).toISOString(), feature_states };
}

async function load({ path = documentPath, since = "" } = {}) {
  const condition = since === "" ? undefined : { "If-Modified-Since": since };
  const url = `https://flagsmith.test${path}`;
  const response = await api.fetch(url, { headers: { ...headers, ...condition } });
  const text = await response.text();
  const body = text === "" ? undefined : (JSON.parse(text) as WireDocument);
  return {
    status: response.status,
    version: body?.feature_states[0]?.feature_state_value,
    updatedAt: body?.updated_at && new Date(body.updated_at).toUTCString(),
    lastModified: response.headers.get("last-modified"),
    updatedAtHeader: response.headers.get("x-flagsmith-document-updated-at"),
    identifiers: body?.identity_overrides?.map(({ identifier }) => identifier),
    nextPath: /^<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1],
  };
}

async function loadVersions(count: number): Promise<unknown[]> {
  const versions = [];
  for (let index = 0; index < count; index++) versions.push((await load()).version);
  return versions;
}

beforeEach(() => createApi());

describe("documentDates", () => {
  it("exact: a change moves all dates at once, by default", async () => {
    await load();
    clock += 30_000;
    api.setDocument(createVersion("second"));
    const loaded = { status: 200, version: "second", updatedAt: later, lastModified: later };
    expect(await load({ since: before })).toMatchObject(loaded);
    expect((await load({ since: later })).status).toBe(304);
  });

  it("lagging: headers and 304 follow a change once the object cache expires", async () => {
    createApi({ documentDates: "lagging" });
    await load();
    clock += 30_000;
    api.setDocument(createVersion("second"));
    expect(await load()).toMatchObject({
      version: "second",
      updatedAt: later,
      lastModified: before,
      updatedAtHeader: "1767225600.0",
    });
    clock += 29_999;
    expect((await load({ since: before })).status).toBe(304);
    clock += 1;
    const loaded = { status: 200, version: "second", lastModified: later };
    expect(await load({ since: before })).toMatchObject(loaded);
  });

  it("lagging: flags/ and identities/ have the cached date and current flags", async () => {
    createApi({ documentDates: "lagging" });
    await load();
    clock += 1000;
    api.updateDocument((draft) => {
      draft.feature_states = [];
    });
    for (const path of ["flags/", "identities/?identifier=ann"]) {
      const response = await api.fetch(`https://flagsmith.test/api/v1/${path}`, { headers });
      expect(response.headers.get("x-flagsmith-document-updated-at")).toBe("1767225600.0");
      expect(await response.text()).not.toContain("banner");
    }
  });

  it("frozen: a change moves no date", async () => {
    createApi({ documentDates: "frozen" });
    clock += 90_000;
    api.setDocument(createVersion("second"));
    const loaded = { version: "second", updatedAt: before, lastModified: before };
    expect(await load()).toMatchObject(loaded);
    expect((await load({ since: before })).status).toBe(304);
  });

  it("frozen: a change sends no event", async () => {
    createApi({ documentDates: "frozen", realtime: true });
    const stream = new StreamReader(await api.fetch(`https://flagsmith.test${streamPath}`));
    api.setDocument(createVersion("second"));
    api.setDocumentDates("exact");
    clock += 1000;
    api.setDocument(createVersion("third"));
    const event = 'data: {"updated_at": 1767225601.0}\n\n';
    expect(await stream.read(event)).toBe(event);
  });

  it("rejects an unknown mode", () => {
    expect(() => createApi({ documentDates: "late" as "lagging" })).toThrow(TypeError);
  });
});

describe("scheduleChange", () => {
  const schedule = (delayMs: number, value: string) =>
    api.scheduleChange(delayMs, (draft) => {
      Object.assign(draft, { feature_states: createVersion(value).feature_states });
    });

  it("changes the document when the time comes, and moves no date", async () => {
    schedule(60_000, "scheduled");
    clock += 59_999;
    expect(await load()).toMatchObject({ version: "first", updatedAt: before });
    clock += 1;
    const loaded = { version: "scheduled", updatedAt: before, lastModified: before };
    expect(await load()).toMatchObject(loaded);
    expect((await load({ since: before })).status).toBe(304);
    expect(api.document.feature_states[0]?.feature_state_value).toBe("scheduled");
  });

  it("applies scheduled changes in the order of their times, to the current document", async () => {
    schedule(2000, "late");
    schedule(1000, "early");
    api.updateDocument((draft) => {
      draft.identity_overrides = [];
    });
    clock += 1000;
    expect(await load()).toMatchObject({ version: "early", identifiers: [] });
    clock += 1000;
    expect(await load()).toMatchObject({ version: "late", identifiers: [] });
  });

  it("does not overwrite a document that is set after the change went live", async () => {
    schedule(1000, "scheduled");
    clock += 1000;
    api.setDocument(createVersion("second"));
    expect((await load()).version).toBe("second");
  });

  it("is forgotten by reset", async () => {
    schedule(1000, "scheduled");
    api.reset();
    clock += 1000;
    expect((await load()).version).toBe("first");
  });

  it("fails the request that finds an invalid document due, and no later one", async () => {
    api.scheduleChange(0, (draft) => {
      draft.feature_states = null as never;
    });
    await expect(load()).rejects.toThrow(TypeError);
    expect((await load()).version).toBe("first");
  });

  it("rejects a negative delay", () => {
    expect(() => schedule(-1, "scheduled")).toThrow(RangeError);
  });
});

describe("deleteIdentity", () => {
  it("removes the overrides of the identity, and moves no date", async () => {
    clock += 1000;
    api.deleteIdentity("carol");
    const { identifiers, updatedAt } = await load();
    expect(identifiers).toEqual(["alice", "bob", "dave", "erin"]);
    expect(updatedAt).toBe(before);
    expect((await load({ since: before })).status).toBe(304);
  });

  it("removes overrides that a scheduled change has added", async () => {
    api.scheduleChange(1000, (draft) => {
      draft.identity_overrides = [{ identifier: "frank" }];
    });
    clock += 1000;
    api.deleteIdentity("frank");
    expect((await load()).identifiers).toEqual([]);
  });

  it("forgets the traits of the identity", async () => {
    const identify = async (body: object) => {
      const response = await api.fetch("https://flagsmith.test/api/v1/identities/", {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify({ identifier: "carol", ...body }),
      });
      return (await response.json()).traits;
    };
    await identify({ traits: [{ trait_key: "plan", trait_value: "gold" }] });
    api.deleteIdentity("carol");
    expect(await identify({})).toEqual([]);
  });
});

describe("replicaLag", () => {
  it("serves the previous version for a share of the requests", async () => {
    createApi({ replicaLag: 0.25 });
    expect(await loadVersions(4)).toEqual(["first", "first", "first", "first"]);
    api.setDocument(createVersion("second"));
    expect(await loadVersions(8)).toEqual([
      ...["second", "second", "second", "first"],
      ...["second", "second", "second", "first"],
    ]);
    api.setDocument(createVersion("third"));
    api.setReplicaLag(1);
    expect(await loadVersions(2)).toEqual(["second", "second"]);
    api.setReplicaLag(0.5);
    expect(await loadVersions(1)).toEqual(["third"]);
    api.setReplicaLag(0.5);
    expect(await loadVersions(2)).toEqual(["third", "second"]);
  });

  it("serves the old updated_at under the current Last-Modified", async () => {
    createApi({ replicaLag: 1 });
    clock += 30_000;
    api.setDocument(createVersion("second"));
    const loaded = { version: "first", updatedAt: before, lastModified: later };
    expect(await load()).toMatchObject(loaded);
  });

  it("ignores requests for other resources", async () => {
    createApi({ replicaLag: 0.5 });
    api.setDocument(createVersion("second"));
    await load();
    const response = await api.fetch("https://flagsmith.test/api/v1/flags/", { headers });
    expect(await response.text()).toContain("second");
    expect((await load()).version).toBe("first");
  });

  it("rejects a share that is not from 0 to 1", () => {
    for (const replicaLag of [-0.1, 1.1, Number.NaN]) {
      expect(() => createApi({ replicaLag })).toThrow(RangeError);
    }
  });
});

describe("the otherDocument fault", () => {
  it("serves a document of another environment", async () => {
    const other = { ...createVersion("other"), id: 4, api_key: "other-key" };
    // A path of `undefined` is the default: requests for the document.
    api.failNext(1, { kind: "otherDocument", document: other, path: undefined });
    const response = await api.fetch("https://flagsmith.test/api/v1/flags/", { headers });
    expect(await response.text()).toContain("first");
    expect(await loadVersions(2)).toEqual(["other", "first"]);
  });

  it("serves pages of different versions", async () => {
    createApi({ pageSize: 3 });
    const { document: first } = api;
    api.setDocument(createVersion("second"));
    api.failNext(1, { kind: "otherDocument", document: first });
    const page = await load();
    const { nextPath: path = "" } = page;
    const next = await load({ path });
    expect([page.version, next.version]).toEqual(["first", "second"]);
    expect([page.identifiers, next.identifiers]).toEqual([
      ["alice", "bob", "carol"],
      ["dave", "erin"],
    ]);
  });
});

describe("reset", () => {
  it("restores documentDates and replicaLag of the options", async () => {
    createApi({ documentDates: "frozen", replicaLag: 1 });
    api.setDocumentDates("exact");
    api.setReplicaLag(0);
    api.reset();
    clock += 1000;
    api.setDocument(createVersion("second"));
    expect(await load()).toMatchObject({ version: "first", lastModified: before });
  });

  it("forgets the previous version and the cached date", async () => {
    createApi({ documentDates: "lagging", replicaLag: 1 });
    clock += 30_000;
    api.setDocument(createVersion("second"));
    expect(await load()).toMatchObject({ version: "first", lastModified: later });
    api.setDocument(createVersion("third"));
    api.reset();
    expect(await load()).toMatchObject({ version: "first", lastModified: before });
  });
});
