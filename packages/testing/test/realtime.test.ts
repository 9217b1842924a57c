import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFlagsmithApi, type FlagsmithApi } from "../src/index.ts";
import { document, headers, STREAM_PATH } from "./support/environment.ts";
import { fronts, type OpenFront } from "./support/fronts.ts";
import { StreamReader } from "./support/stream-reader.ts";

describe.each(fronts)("A realtime stream of the API used $front", ({ open }) => {
  let api: FlagsmithApi;
  let front: OpenFront;

  beforeEach(async () => {
    api = createFlagsmithApi({ document, realtime: true });
    front = await open(api);
  });

  afterEach(() => front.close());

  const connect = (init: RequestInit = {}, path = STREAM_PATH) =>
    front.fetch(front.origin + path, { headers: { accept: "text/event-stream" }, ...init });
  const reader = async (init?: RequestInit) => new StreamReader(await connect(init));
  const openStreams = (count: number) => vi.waitFor(() => expect(api.openStreamCount).toBe(count));

  it("sends its head at once, to a client without a key in a header", async () => {
    const response = await connect();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.has("content-length")).toBe(false);
    expect(api.openStreamCount).toBe(1);
    expect(api.requests).toMatchObject([{ method: "GET", path: STREAM_PATH }]);
  });

  it("tells every client when the document has changed", async () => {
    const streams = [await reader(), await reader()];
    const change = [
      () => api.setDocument({ ...document, feature_states: [] }),
      () => api.updateDocument(() => {}),
    ];
    for (const make of change) {
      make();
      const flags = await front.fetch(`${front.origin}/api/v1/flags/`, { headers });
      const updatedAt = flags.headers.get("x-flagsmith-document-updated-at");
      const notice = `data: {"updated_at": ${updatedAt}}\n\n`;
      for (const stream of streams) expect(await stream.next(notice)).toBe(notice);
    }
  });

  it("sends the notices a test asks for", async () => {
    const stream = await reader();
    api.sendChangeEvent(1767323045.678901);
    const notice = 'data: {"updated_at": 1767323045.678901}\n\n';
    expect(await stream.next(notice)).toBe(notice);
  });

  it.each([
    ["a comment", ": still here\n\n"],
    ["CRLF, an id and a wait", "retry: 10\r\nid: 7\r\ndata: {}\r\n\r\n"],
    ["data over several lines", 'data: {"updated_at":\ndata: 1}\n\n'],
    ["ill-formed JSON", "data: {updated_at\n\n"],
    ["an event that is not finished", "data: {"],
  ])("sends %s as it is", async (_, text) => {
    const stream = await reader();
    api.sendToStreams(text);
    expect(await stream.next(text)).toBe(text);
  });

  it("sends a character in two chunks", async () => {
    const stream = await reader();
    const [first, second] = [Uint8Array.of(0xc3), Uint8Array.of(0xa9)];
    api.sendToStreams(first);
    expect(await stream.bytes(1)).toEqual(first);
    api.sendToStreams(second);
    expect(await stream.bytes(1)).toEqual(second);
  });

  it("ends well, after what was sent before", async () => {
    const stream = await reader();
    api.sendToStreams(": bye\n\n");
    api.endStreams();
    expect(api.openStreamCount).toBe(0);
    expect(await stream.next(": bye\n\n")).toBe(": bye\n\n");
    expect(await stream.ends()).toBe(true);
  });

  it("breaks when its connection is reset", async () => {
    const stream = await reader();
    api.sendToStreams(": here\n\n");
    await stream.next(": here\n\n");
    api.resetStreams();
    expect(api.openStreamCount).toBe(0);
    await expect(stream.ends()).rejects.toBeInstanceOf(TypeError);
  });

  it("can be opened again after an end and a reset", async () => {
    await connect();
    api.endStreams();
    await connect();
    api.resetStreams();
    const stream = await reader();
    api.sendToStreams(": again\n\n");
    expect(await stream.next(": again\n\n")).toBe(": again\n\n");
    expect(api.openStreamCount).toBe(1);
  });

  it("is left by a caller that aborts", async () => {
    const caller = new AbortController();
    const stream = await reader({ signal: caller.signal });
    const ends = stream.ends();
    caller.abort(new Error("no longer wanted"));
    await expect(ends).rejects.toThrow("no longer wanted");
    await openStreams(0);
  });

  it("is left by a reader that cancels, and the others go on", async () => {
    const [leaving, staying] = [await reader(), await reader()];
    await leaving.leave();
    await openStreams(1);
    api.sendToStreams(": here\n\n");
    expect(await staying.next(": here\n\n")).toBe(": here\n\n");
  });

  it("is ended by a reset of the API, which tells no change", async () => {
    const stream = await reader();
    api.reset();
    expect(api.openStreamCount).toBe(0);
    expect(await stream.ends()).toBe(true);
  });

  it("falls to the faults that come before its head", async () => {
    api.failNext(1, { kind: "status", status: 503, retryAfter: "1", path: "/sse/" });
    api.failNext(1, { kind: "wrongShape", json: {}, path: "/sse/" });
    api.failNext(1, { kind: "reset", path: "/sse/" });
    api.failNext(1, { kind: "lostResponse", how: "reset", path: "/sse/" });
    expect((await front.fetch(`${front.origin}/api/v1/flags/`, { headers })).status).toBe(200);
    const refused = await connect();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await connect()).headers.get("content-type")).toBe("application/json");
    await expect(connect()).rejects.toBeInstanceOf(TypeError);
    await expect(connect()).rejects.toBeInstanceOf(TypeError);
    expect(api.openStreamCount).toBe(0);
    expect((await connect()).status).toBe(200);
    expect(api.openStreamCount).toBe(1);
  });

  it("is not open while its head hangs or is late", async () => {
    for (const fault of [
      { kind: "hang" },
      { kind: "lostResponse", how: "hang" },
      { kind: "slowHead", delayMs: 60_000 },
    ] as const) {
      api.failNext(1, fault);
      const caller = new AbortController();
      api.clearRequests();
      const pending = connect({ signal: caller.signal });
      await vi.waitFor(() => expect(api.requests).toHaveLength(1));
      caller.abort(new Error("no longer wanted"));
      await expect(pending).rejects.toThrow("no longer wanted");
    }
    expect(api.openStreamCount).toBe(0);
  });

  it("opens after a late head, and is none the slower for a slow body", async () => {
    api.failNext(1, { kind: "slowHead", delayMs: 5 });
    api.failNext(1, { kind: "slowBody", delayMs: 60_000 });
    const streams = [await reader(), await reader()];
    api.sendToStreams(": here\n\n");
    for (const stream of streams) expect(await stream.next(": here\n\n")).toBe(": here\n\n");
  });

  it.each(["length", "chunked"] as const)(
    "breaks off after a head framed by %s",
    async (framing) => {
      api.failNext(1, { kind: "cutBody", framing });
      const response = await connect();
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toBeInstanceOf(TypeError);
      expect(api.openStreamCount).toBe(0);
    },
  );

  it("ends after its head where a cut body is framed by the connection", async () => {
    api.failNext(1, { kind: "cutBody", framing: "close" });
    expect(await (await reader()).ends()).toBe(true);
    expect(api.openStreamCount).toBe(0);
  });

  it("answers where a redirect leads", async () => {
    api.failNext(1, { kind: "redirect" });
    expect((await connect()).status).toBe(200);
    expect(api.requests.map(({ path }) => path)).toEqual([STREAM_PATH, `/moved${STREAM_PATH}`]);
  });

  it("has the key of the document alone, and is there to be read", async () => {
    const status = async (path: string, init?: RequestInit) => (await connect(init, path)).status;
    expect(await status("/sse/environments/ser.testing/stream")).toBe(404);
    expect(await status("/sse/environments/%E0%A4%A/stream")).toBe(404);
    expect(await status("/sse/environments/%63lientkey/stream")).toBe(200);
    expect(await status(`${STREAM_PATH}/`)).toBe(404);
    expect(await status(STREAM_PATH, { method: "POST" })).toBe(405);
    expect(api.openStreamCount).toBe(1);
  });
});

describe("A realtime stream that a test drives by hand", () => {
  it("is told no change but those the test sends", async () => {
    const api = createFlagsmithApi({ document, realtime: "manual" });
    const stream = new StreamReader(await api.fetch(`https://flagsmith.test${STREAM_PATH}`));
    api.updateDocument(() => {});
    api.sendChangeEvent(7);
    const notice = 'data: {"updated_at": 7}\n\n';
    expect(await stream.next(notice)).toBe(notice);
  });
});

describe("An API without realtime streams", () => {
  it("knows no such path, as a self-hosted one", async () => {
    const api = createFlagsmithApi({ document });
    const response = await api.fetch(`https://flagsmith.test${STREAM_PATH}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      404,
      "text/html; charset=utf-8",
    ]);
  });
});
