// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi } from "../src/index.ts";
import { document as environment, headers, streamPath } from "./support/environment.ts";

describe("in a DOM with its own Headers, Response and AbortController", () => {
  const url = "https://flagsmith.test/api/v1/";
  let api = createFlagsmithApi({ document: environment });

  beforeEach(() => {
    api = createFlagsmithApi({ document: environment });
  });

  it("serves flags and identities", async () => {
    expect(await (await api.fetch(`${url}flags/`, { headers })).json()).toHaveLength(3);
    const identity = await api.fetch(new URL(`${url}identities/`), {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ identifier: "ann" }),
    });
    expect(await identity.json()).toMatchObject({ identifier: "ann" });
  });

  it("delivers slow and cut bodies", async () => {
    api.failNext(1, { kind: "slowBody", delayMs: 5 });
    api.failNext(1, { kind: "cutBody", framing: "chunked" });
    expect(await (await api.fetch(`${url}flags/`, { headers })).json()).toHaveLength(3);
    const cut = await api.fetch(`${url}flags/`, { headers });
    await expect(cut.text()).rejects.toThrow();
  });

  it("opens and aborts a realtime stream", async () => {
    api = createFlagsmithApi({ document: environment, realtime: true });
    const caller = new AbortController();
    const { signal } = caller;
    const stream = await api.fetch(`https://flagsmith.test${streamPath}`, { signal });
    const reader = stream.body?.getReader();
    api.sendToStreams("data: {}\n\n");
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: {}\n\n");
    caller.abort(new Error("cancelled"));
    await expect(reader?.read()).rejects.toThrow("cancelled");
    expect(api.openStreamCount).toBe(0);
  });

  it("aborts a hanging request", async () => {
    api.failNext(1, { kind: "hang" });
    const caller = new AbortController();
    const pending = api.fetch(`${url}flags/`, { headers, signal: caller.signal });
    caller.abort(new Error("cancelled"));
    await expect(pending).rejects.toThrow("cancelled");
  });
});
