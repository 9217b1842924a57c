import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { createFlagsmithApi } from "../src/index.ts";
import { serveFlagsmithApi } from "../src/node.ts";
import { document, headers, streamPath } from "./support/environment.ts";
import { eventually } from "./support/eventually.ts";

describe("serveFlagsmithApi", () => {
  it("listens on a free port and returns its URL", async () => {
    const served = await serveFlagsmithApi(createFlagsmithApi({ document }));
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1\/$/);
    expect(await (await fetch(`${served.url}flags/`, { headers })).json()).toHaveLength(3);
    await served.close();
    await expect(fetch(`${served.url}flags/`, { headers })).rejects.toThrow();
  });

  it("closes while requests hang or are delayed", async () => {
    const api = createFlagsmithApi({ document });
    const served = await serveFlagsmithApi(api);
    api.failNext(1, { kind: "hang" });
    api.failNext(1, { kind: "slowHead", delayMs: 60_000 });
    api.failNext(1, { kind: "slowBody", delayMs: 60_000 });
    const pending = [1, 2, 3].map(() =>
      fetch(`${served.url}flags/`, { headers }).then((response) => response.text()),
    );
    const outcomes = Promise.allSettled(pending);
    await eventually(() => expect(api.requests).toHaveLength(3));
    await served.close();
    expect((await outcomes).map(({ status }) => status)).toEqual([
      "rejected",
      "rejected",
      "rejected",
    ]);
  });

  it("closes open realtime streams", async () => {
    const api = createFlagsmithApi({ document, realtime: true });
    const served = await serveFlagsmithApi(api);
    const read = [1, 2].map(async () => (await fetch(served.origin + streamPath)).text());
    const outcomes = Promise.allSettled(read);
    await eventually(() => expect(api.openStreamCount).toBe(2));
    await served.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(api.openStreamCount).toBe(0);
  });

  it("answers a body that is too large with 413, without its rest", async () => {
    const api = createFlagsmithApi({ document });
    const served = await serveFlagsmithApi(api, { maxBodyBytes: 20 });
    const json = { ...headers, "content-type": "application/json" };
    const post = { method: "POST", headers: json, body: '{"identifier":"abc"}' };
    expect((await fetch(`${served.url}identities/`, post)).status).toBe(200);
    const longer = { ...post, body: '{"identifier":"abcd"}' };
    expect((await fetch(`${served.url}identities/`, longer)).status).toBe(413);
    const socket = connect(Number(new URL(served.origin).port), "127.0.0.1");
    let received = "";
    socket.on("data", (data) => {
      received += data;
    });
    const head =
      "POST /api/v1/identities/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000";
    socket.write(`${head}\r\n\r\n${" ".repeat(100)}`);
    await eventually(() => expect(received).toMatch(/^HTTP\/1\.1 413 /));
    await eventually(() => expect(socket.readableEnded).toBe(true));
    expect(api.requests).toHaveLength(1);
    await served.close();
  });

  it("notices a client that disconnects", async () => {
    const api = createFlagsmithApi({ document, realtime: true });
    const served = await serveFlagsmithApi(api);
    const socket = connect(Number(new URL(served.origin).port), "127.0.0.1");
    socket.write(`GET ${streamPath} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await eventually(() => expect(api.openStreamCount).toBe(1));
    socket.resetAndDestroy();
    await eventually(() => expect(api.openStreamCount).toBe(0));
    await served.close();
  });

  it.each([
    [true, "keep-alive"],
    [undefined, "keep-alive"],
    [false, "close"],
  ])("sends the Connection header for keepAlive %s: %s", async (keepAlive, connection) => {
    const api = createFlagsmithApi({ document, realtime: true });
    const served = await serveFlagsmithApi(api, { keepAlive });
    const responses = [
      await fetch(`${served.url}flags/`, { headers }),
      await fetch(served.origin + streamPath),
    ];
    for (const response of responses) expect(response.headers.get("connection")).toBe(connection);
    await Promise.allSettled(responses.map((response) => response.body?.cancel()));
    await served.close();
  });

  it("rejects a port that is in use", async () => {
    const served = await serveFlagsmithApi(createFlagsmithApi({ document }));
    const port = Number(new URL(served.origin).port);
    await expect(
      serveFlagsmithApi(createFlagsmithApi({ document }), { port }),
    ).rejects.toMatchObject({ code: "EADDRINUSE" });
    await served.close();
  });

  it("frames cut bodies by the connection or in chunks", async () => {
    const api = createFlagsmithApi({ document });
    const served = await serveFlagsmithApi(api);
    api.failNext(1, { kind: "cutBody", framing: "close" });
    const closed = await fetch(`${served.url}flags/`, { headers });
    expect(closed.headers.get("transfer-encoding")).toBeNull();
    expect(closed.headers.get("connection")).toBe("close");
    api.failNext(1, { kind: "cutBody", framing: "chunked" });
    const chunked = await fetch(`${served.url}flags/`, { headers });
    expect(chunked.headers.get("transfer-encoding")).toBe("chunked");
    await Promise.allSettled([closed.text(), chunked.text()]);
    await served.close();
  });
});
