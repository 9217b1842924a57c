import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi, type Fault, RemoteControl } from "../src/index.ts";
import { document, headers, STREAM_PATH } from "./support/environment.ts";
import { fronts, type OpenFront } from "./support/fronts.ts";
import { StreamReader } from "./support/stream-reader.ts";

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

describe.each(fronts)("The remote control of the API used $front", ({ open }) => {
  let front: OpenFront;
  let control: RemoteControl;

  beforeEach(async () => {
    front = await open(
      createFlagsmithApi({ document, control: true, events: true, realtime: true }),
    );
    control = new RemoteControl(front.origin, front.fetch);
  });

  afterEach(() => front.close());

  const get = (path = "flags/") => front.fetch(`${front.origin}/api/v1/${path}`, { headers });
  const post = (path: string, body: unknown) =>
    front.fetch(front.origin + path, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });

  it("orders faults and takes them back", async () => {
    await control.failNext(1, { kind: "status", status: 503 });
    expect([(await get()).status, (await get()).status]).toEqual([503, 200]);
    await control.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 500 });
    expect([(await get()).status, (await get()).status]).toEqual([500, 500]);
    await control.clearFaults();
    expect((await get()).status).toBe(200);
  });

  it("does not fall to the faults it ordered", async () => {
    await control.failNext(1, { kind: "hang" });
    expect(await control.requests()).toEqual([]);
  });

  it("shows the requests, its own left out, and forgets them", async () => {
    await get("flags/?feature=banner");
    expect(await control.requests()).toMatchObject([{ method: "GET", search: "?feature=banner" }]);
    await control.clearRequests();
    expect(await control.requests()).toEqual([]);
  });

  it("changes the document", async () => {
    await control.setDocument({ ...document, feature_states: [] });
    expect(await (await get()).json()).toEqual([]);
    await control.updateDocument((draft) => {
      draft.feature_states = structuredClone(document.feature_states).slice(0, 1) as never;
    });
    expect(await (await get()).json()).toHaveLength(1);
    expect((await control.document()).updated_at).not.toBe(document.updated_at);
  });

  it("shows what was accepted, and resets everything", async () => {
    const event = { event: "signup", timestamp: 1 };
    await post("/api/v1/analytics/flags/", { banner: 4 });
    await post("/v1/events", { events: [event] });
    expect(await control.acceptedAnalytics()).toEqual({ banner: 4 });
    expect(await control.acceptedEvents()).toEqual([event]);
    await control.reset();
    expect(await control.acceptedAnalytics()).toEqual({});
    expect(await control.acceptedEvents()).toEqual([]);
  });

  it("drives the realtime streams", async () => {
    const connect = () => front.fetch(front.origin + STREAM_PATH);
    const first = new StreamReader(await connect());
    expect(await control.openStreamCount()).toBe(1);
    await control.sendChangeEvent(1.5);
    await control.sendToStreams(": é\r\n");
    await control.sendToStreams(Uint8Array.of(0xc3));
    const sent = 'data: {"updated_at": 1.5}\n\n: é\r\n';
    expect(await first.next(sent)).toBe(sent);
    expect(await first.bytes(1)).toEqual(Uint8Array.of(0xc3));
    await control.endStreams();
    expect(await first.ends()).toBe(true);
    const second = await connect();
    await control.resetStreams();
    await expect(second.text()).rejects.toBeInstanceOf(TypeError);
    expect(await control.openStreamCount()).toBe(0);
  });

  it("says what is wrong with a command", async () => {
    await expect(control.failNext(1, { kind: "explode" } as unknown as Fault)).rejects.toThrow(
      /fail-next.*400.*explode/,
    );
    await expect(control.setDocument([] as never)).rejects.toThrow(/document.*400/);
    expect((await front.fetch(`${front.origin}/testing/nothing`)).status).toBe(404);
  });
});

describe("An API without remote control", () => {
  it("knows no such path", async () => {
    const api = createFlagsmithApi({ document });
    expect((await api.fetch("https://flagsmith.test/testing/requests")).status).toBe(404);
  });
});
