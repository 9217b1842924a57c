import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi, type FlagsmithApi } from "../src/index.ts";
import { document, headers, streamPath } from "./support/environment.ts";
import { eventually } from "./support/eventually.ts";
import { StreamReader } from "./support/stream-reader.ts";
import { type ApiConnection, transports } from "./support/transports.ts";

describe.each(transports)("realtime streams over $transport", ({ connect }) => {
  let api: FlagsmithApi;
  let connection: ApiConnection;

  beforeEach(async () => {
    api = createFlagsmithApi({ document, realtime: true });
    connection = await connect(api);
  });

  afterEach(() => connection.close());

  const openStream = (init: RequestInit = {}, path = streamPath) =>
    connection.fetch(connection.origin + path, {
      headers: { accept: "text/event-stream" },
      ...init,
    });
  const createReader = async (init?: RequestInit) => new StreamReader(await openStream(init));
  const waitForStreams = (count: number) =>
    eventually(() => expect(api.openStreamCount).toBe(count));

  it("open immediately, without a key in a header", async () => {
    const response = await openStream();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.has("content-length")).toBe(false);
    expect(api.openStreamCount).toBe(1);
    expect(api.requests).toMatchObject([{ method: "GET", path: streamPath }]);
  });

  it("send an event to every client when the document changes", async () => {
    const streams = [await createReader(), await createReader()];
    const changes = [
      () => api.setDocument({ ...document, feature_states: [] }),
      () => api.updateDocument(() => {}),
    ];
    for (const change of changes) {
      change();
      const flags = await connection.fetch(`${connection.origin}/api/v1/flags/`, { headers });
      const updatedAt = flags.headers.get("x-flagsmith-document-updated-at");
      const event = `data: {"updated_at": ${updatedAt}}\n\n`;
      for (const stream of streams) expect(await stream.read(event)).toBe(event);
    }
  });

  it("send the event of sendChangeEvent", async () => {
    const stream = await createReader();
    api.sendChangeEvent(1767323045.678901);
    const event = 'data: {"updated_at": 1767323045.678901}\n\n';
    expect(await stream.read(event)).toBe(event);
  });

  it.each([
    ["a comment", ": still here\n\n"],
    ["CRLF, an id and a retry delay", "retry: 10\r\nid: 7\r\ndata: {}\r\n\r\n"],
    ["data on several lines", 'data: {"updated_at":\ndata: 1}\n\n'],
    ["malformed JSON", "data: {updated_at\n\n"],
    ["an incomplete event", "data: {"],
  ])("send %s unchanged", async (_, text) => {
    const stream = await createReader();
    api.sendToStreams(text);
    expect(await stream.read(text)).toBe(text);
  });

  it("send a character in two chunks", async () => {
    const stream = await createReader();
    const [first, second] = [Uint8Array.of(0xc3), Uint8Array.of(0xa9)];
    api.sendToStreams(first);
    expect(await stream.readBytes(1)).toEqual(first);
    api.sendToStreams(second);
    expect(await stream.readBytes(1)).toEqual(second);
  });

  it("end cleanly after all sent data", async () => {
    const stream = await createReader();
    api.sendToStreams(": bye\n\n");
    api.endStreams();
    expect(api.openStreamCount).toBe(0);
    expect(await stream.read(": bye\n\n")).toBe(": bye\n\n");
    expect(await stream.isAtEnd()).toBe(true);
  });

  it("fail when their connection is reset", async () => {
    const stream = await createReader();
    api.sendToStreams(": here\n\n");
    await stream.read(": here\n\n");
    api.resetStreams();
    expect(api.openStreamCount).toBe(0);
    await expect(stream.isAtEnd()).rejects.toBeInstanceOf(TypeError);
  });

  it("can be opened again after an end and a reset", async () => {
    await openStream();
    api.endStreams();
    await openStream();
    api.resetStreams();
    const stream = await createReader();
    api.sendToStreams(": again\n\n");
    expect(await stream.read(": again\n\n")).toBe(": again\n\n");
    expect(api.openStreamCount).toBe(1);
  });

  it("close when the caller aborts", async () => {
    const caller = new AbortController();
    const stream = await createReader({ signal: caller.signal });
    const ends = stream.isAtEnd();
    caller.abort(new Error("cancelled"));
    await expect(ends).rejects.toThrow("cancelled");
    await waitForStreams(0);
  });

  it("close when a reader cancels, without affecting other streams", async () => {
    const [leaving, staying] = [await createReader(), await createReader()];
    await leaving.cancel();
    await waitForStreams(1);
    api.sendToStreams(": here\n\n");
    expect(await staying.read(": here\n\n")).toBe(": here\n\n");
  });

  it("end without an event when the API is reset", async () => {
    const stream = await createReader();
    api.reset();
    expect(api.openStreamCount).toBe(0);
    expect(await stream.isAtEnd()).toBe(true);
  });

  it("are subject to faults before their head", async () => {
    api.failNext(1, { kind: "status", status: 503, retryAfter: "1", path: "/sse/" });
    api.failNext(1, { kind: "wrongShape", json: {}, path: "/sse/" });
    api.failNext(1, { kind: "reset", path: "/sse/" });
    api.failNext(1, { kind: "lostResponse", how: "reset", path: "/sse/" });
    expect((await connection.fetch(`${connection.origin}/api/v1/flags/`, { headers })).status).toBe(
      200,
    );
    const refused = await openStream();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await openStream()).headers.get("content-type")).toBe("application/json");
    await expect(openStream()).rejects.toBeInstanceOf(TypeError);
    await expect(openStream()).rejects.toBeInstanceOf(TypeError);
    expect(api.openStreamCount).toBe(0);
    expect((await openStream()).status).toBe(200);
    expect(api.openStreamCount).toBe(1);
  });

  it("do not count as open while their head hangs or is delayed", async () => {
    for (const fault of [
      { kind: "hang" },
      { kind: "lostResponse", how: "hang" },
      { kind: "slowHead", delayMs: 60_000 },
    ] as const) {
      api.failNext(1, fault);
      const caller = new AbortController();
      api.clearRequests();
      const pending = openStream({ signal: caller.signal });
      await eventually(() => expect(api.requests).toHaveLength(1));
      caller.abort(new Error("cancelled"));
      await expect(pending).rejects.toThrow("cancelled");
    }
    expect(api.openStreamCount).toBe(0);
  });

  it("open after a delayed head, and ignore slowBody", async () => {
    api.failNext(1, { kind: "slowHead", delayMs: 5 });
    api.failNext(1, { kind: "slowBody", delayMs: 60_000 });
    const streams = [await createReader(), await createReader()];
    api.sendToStreams(": here\n\n");
    for (const stream of streams) expect(await stream.read(": here\n\n")).toBe(": here\n\n");
  });

  it.each(["length", "chunked"] as const)("are cut after a head framed by %s", async (framing) => {
    api.failNext(1, { kind: "cutBody", framing });
    const response = await openStream();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toBeInstanceOf(TypeError);
    expect(api.openStreamCount).toBe(0);
  });

  it("end after their head if cut with framing close", async () => {
    api.failNext(1, { kind: "cutBody", framing: "close" });
    expect(await (await createReader()).isAtEnd()).toBe(true);
    expect(api.openStreamCount).toBe(0);
  });

  it("open after a redirect", async () => {
    api.failNext(1, { kind: "redirect" });
    expect((await openStream()).status).toBe(200);
    expect(api.requests.map(({ path }) => path)).toEqual([streamPath, `/moved${streamPath}`]);
  });

  it("require the client-side key and GET", async () => {
    const status = async (path: string, init?: RequestInit) =>
      (await openStream(init, path)).status;
    expect(await status("/sse/environments/ser.testing/stream")).toBe(404);
    expect(await status("/sse/environments/%E0%A4%A/stream")).toBe(404);
    expect(await status("/sse/environments/%63lientkey/stream")).toBe(200);
    expect(await status(`${streamPath}/`)).toBe(404);
    expect(await status(streamPath, { method: "POST" })).toBe(405);
    expect(api.openStreamCount).toBe(1);
  });
});

describe("manual realtime streams", () => {
  it("send only the events of the test", async () => {
    const api = createFlagsmithApi({ document, realtime: "manual" });
    const stream = new StreamReader(await api.fetch(`https://flagsmith.test${streamPath}`));
    api.updateDocument(() => {});
    api.sendChangeEvent(7);
    const event = 'data: {"updated_at": 7}\n\n';
    expect(await stream.read(event)).toBe(event);
  });
});

describe("an API without realtime streams", () => {
  it("has no stream endpoint, like a self-hosted API", async () => {
    const api = createFlagsmithApi({ document });
    const response = await api.fetch(`https://flagsmith.test${streamPath}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      404,
      "text/html; charset=utf-8",
    ]);
  });
});
