import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi, type DocumentDates, type Fault, RemoteControl } from "../src/index.ts";
import { document, headers, streamPath } from "./support/environment.ts";
import { StreamReader } from "./support/stream-reader.ts";
import { type ApiConnection, transports } from "./support/transports.ts";

it("calls fetch as a function, because Workers refuse it as a method", async () => {
  const receivers: unknown[] = [];
  const api = createFlagsmithApi({ document, control: true });
  const control = new RemoteControl("http://localhost", function (this: unknown, url, init) {
    receivers.push(this);
    return api.fetch(url, init);
  });
  await control.reset();
  expect(receivers).toEqual([undefined]);
});

const documentPath = "environment-document/";

describe.each(transports)("RemoteControl over $transport", ({ connect }) => {
  let connection: ApiConnection;
  let control: RemoteControl;

  beforeEach(async () => {
    connection = await connect(
      createFlagsmithApi({ document, control: true, events: true, realtime: true }),
    );
    control = new RemoteControl(connection.origin, connection.fetch);
  });

  afterEach(() => connection.close());

  const get = (path = "flags/") =>
    connection.fetch(`${connection.origin}/api/v1/${path}`, { headers });
  const post = (path: string, body: unknown) =>
    connection.fetch(connection.origin + path, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });

  it("adds and clears faults", async () => {
    await control.failNext(1, { kind: "status", status: 503 });
    expect([(await get()).status, (await get()).status]).toEqual([503, 200]);
    await control.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 500 });
    expect([(await get()).status, (await get()).status]).toEqual([500, 500]);
    await control.clearFaults();
    expect((await get()).status).toBe(200);
  });

  it("is not affected by faults", async () => {
    await control.failNext(1, { kind: "hang" });
    expect(await control.requests()).toEqual([]);
  });

  it("lists requests without its own, and clears them", async () => {
    await get("flags/?feature=banner");
    expect(await control.requests()).toMatchObject([{ method: "GET", search: "?feature=banner" }]);
    await control.failNext(1, { kind: "status", status: 503 });
    await get();
    expect((await control.requests()).map(({ fault }) => fault)).toEqual([undefined, "status"]);
    await control.clearRequests();
    expect(await control.requests()).toEqual([]);
  });

  it("replaces and updates the document", async () => {
    await control.setDocument({ ...document, feature_states: [] });
    expect(await (await get()).json()).toEqual([]);
    await control.updateDocument((draft) => {
      draft.feature_states = structuredClone(document.feature_states).slice(0, 1) as never;
    });
    expect(await (await get()).json()).toHaveLength(1);
    expect((await control.document()).updated_at).not.toBe(document.updated_at);
  });

  it("schedules changes, and deletes identities", async () => {
    await control.scheduleChange(0, (draft) => {
      draft.feature_states = [];
    });
    expect(await (await get()).json()).toEqual([]);
    await control.deleteIdentity("alice");
    const { identity_overrides, updated_at } = await control.document();
    expect(identity_overrides?.map(({ identifier }) => identifier)).not.toContain("alice");
    expect(updated_at).toBe(document.updated_at);
  });

  it("sets documentDates and replicaLag", async () => {
    const countFlags = async () => (await (await get(documentPath)).json()).feature_states.length;
    await control.setDocumentDates("frozen");
    await control.setReplicaLag(0.5);
    await control.setDocument({ ...document, feature_states: [] });
    expect((await control.document()).updated_at).toBe(document.updated_at);
    expect([await countFlags(), await countFlags()]).toEqual([0, 3]);
    await control.reset();
    await control.setDocument({ ...document, feature_states: [] });
    expect((await control.document()).updated_at).not.toBe(document.updated_at);
    expect([await countFlags(), await countFlags()]).toEqual([0, 0]);
  });

  it("serves another document", async () => {
    const other = { ...document, id: 4, api_key: "other-key" };
    await control.failNext(1, { kind: "otherDocument", document: other });
    expect(await (await get(documentPath)).json()).toEqual(other);
  });

  it("lists accepted reports, clears them, and resets the API", async () => {
    const event = { event: "signup", timestamp: 1 };
    await post("/v1/events", { events: [event, event] });
    await control.clearReports();
    await post("/api/v1/analytics/flags/", { banner: 4 });
    await post("/v1/events", { events: [event] });
    expect(await control.acceptedAnalytics()).toEqual({ banner: 4 });
    expect(await control.acceptedEvents()).toEqual([event]);
    await control.reset();
    expect(await control.acceptedAnalytics()).toEqual({});
    expect(await control.acceptedEvents()).toEqual([]);
  });

  it("controls realtime streams", async () => {
    const connect = () => connection.fetch(connection.origin + streamPath);
    const first = new StreamReader(await connect());
    expect(await control.openStreamCount()).toBe(1);
    await control.sendChangeEvent(1.5);
    await control.sendToStreams(": é\r\n");
    await control.sendToStreams(Uint8Array.of(0xc3));
    const sent = 'data: {"updated_at": 1.5}\n\n: é\r\n';
    expect(await first.read(sent)).toBe(sent);
    expect(await first.readBytes(1)).toEqual(Uint8Array.of(0xc3));
    await control.endStreams();
    expect(await first.isAtEnd()).toBe(true);
    const second = await connect();
    await control.resetStreams();
    await expect(second.text()).rejects.toBeInstanceOf(TypeError);
    expect(await control.openStreamCount()).toBe(0);
  });

  it("reports invalid commands", async () => {
    await expect(control.failNext(1, { kind: "explode" } as unknown as Fault)).rejects.toThrow(
      /failNext.*400.*explode/,
    );
    await expect(control.setDocument([] as never)).rejects.toThrow(/setDocument.*400/);
    await expect(control.setReplicaLag(2)).rejects.toThrow(/setReplicaLag.*400.*from 0 to 1/);
    await expect(control.setDocumentDates("exakt" as DocumentDates)).rejects.toThrow(
      /setDocumentDates.*400.*exact, lagging, frozen/,
    );
    await expect(control.scheduleChange(-1, () => {})).rejects.toThrow(/scheduleChange.*400/);
    const send = async (command: string, init?: RequestInit) =>
      (await connection.fetch(`${connection.origin}/testing/${command}`, init)).status;
    expect(await send("nothing", { method: "POST" })).toBe(404);
    expect(await send("toString", { method: "POST" })).toBe(404);
    // Links and images of a web page must not run commands.
    expect(await send("reset")).toBe(404);
  });
});

describe("an API without control", () => {
  it("has no control endpoints", async () => {
    const api = createFlagsmithApi({ document });
    expect((await api.fetch("https://flagsmith.test/testing/requests")).status).toBe(404);
  });
});
