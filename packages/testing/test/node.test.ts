import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { createFlagsmithApi } from "../src/index.ts";
import { serveFlagsmithApi } from "../src/node.ts";
import { document, headers, STREAM_PATH } from "./support/environment.ts";

describe("The served API", () => {
  it("listens on a free port and names its URL", async () => {
    const served = await serveFlagsmithApi(createFlagsmithApi({ document }));
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1\/$/);
    expect(await (await fetch(`${served.url}flags/`, { headers })).json()).toHaveLength(3);
    await served.close();
    await expect(fetch(`${served.url}flags/`, { headers })).rejects.toThrow();
  });

  it("closes at once while requests hang, wait for a head or read a slow body", async () => {
    const api = createFlagsmithApi({ document });
    const served = await serveFlagsmithApi(api);
    api.failNext(1, { kind: "hang" });
    api.failNext(1, { kind: "slowHead", delayMs: 60_000 });
    api.failNext(1, { kind: "slowBody", delayMs: 60_000 });
    const pending = [1, 2, 3].map(() =>
      fetch(`${served.url}flags/`, { headers }).then((response) => response.text()),
    );
    const outcomes = Promise.allSettled(pending);
    while (api.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    const start = performance.now();
    await served.close();
    expect(performance.now() - start).toBeLessThan(1000);
    expect((await outcomes).map(({ status }) => status)).toEqual([
      "rejected",
      "rejected",
      "rejected",
    ]);
  });

  it("cuts its realtime streams when it closes, and does not wait for them", async () => {
    const api = createFlagsmithApi({ document, realtime: true });
    const served = await serveFlagsmithApi(api);
    const read = [1, 2].map(async () => (await fetch(served.origin + STREAM_PATH)).text());
    const outcomes = Promise.allSettled(read);
    await vi.waitFor(() => expect(api.openStreamCount).toBe(2));
    await served.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(api.openStreamCount).toBe(0);
  });

  it("notices a client whose connection breaks", async () => {
    const api = createFlagsmithApi({ document, realtime: true });
    const served = await serveFlagsmithApi(api);
    const socket = connect(Number(new URL(served.origin).port), "127.0.0.1");
    socket.write(`GET ${STREAM_PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await vi.waitFor(() => expect(api.openStreamCount).toBe(1));
    socket.resetAndDestroy();
    await vi.waitFor(() => expect(api.openStreamCount).toBe(0));
    await served.close();
  });

  it.each([
    [true, "keep-alive"],
    [false, "close"],
  ])("serves with keepAlive %s and says %s", async (keepAlive, connection) => {
    const api = createFlagsmithApi({ document, realtime: true });
    const served = await serveFlagsmithApi(api, { keepAlive });
    const answers = [
      await fetch(`${served.url}flags/`, { headers }),
      await fetch(served.origin + STREAM_PATH),
    ];
    for (const answer of answers) expect(answer.headers.get("connection")).toBe(connection);
    await Promise.allSettled(answers.map((answer) => answer.body?.cancel()));
    await served.close();
  });

  it("refuses a port that is taken", async () => {
    const served = await serveFlagsmithApi(createFlagsmithApi({ document }));
    const port = Number(new URL(served.origin).port);
    await expect(
      serveFlagsmithApi(createFlagsmithApi({ document }), { port }),
    ).rejects.toMatchObject({ code: "EADDRINUSE" });
    await served.close();
  });

  it("tells the two bodies that look alike apart on the wire", async () => {
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
