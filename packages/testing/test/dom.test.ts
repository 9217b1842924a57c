// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { createFlagsmithApi } from "../src/index.ts";
import { document as environment, headers, STREAM_PATH } from "./support/environment.ts";

describe("Where there is a DOM with a Headers, Response and AbortController of its own", () => {
  const url = "https://flagsmith.test/api/v1/";
  let api = createFlagsmithApi({ document: environment });

  beforeEach(() => {
    api = createFlagsmithApi({ document: environment });
  });

  it("the API answers flags and identities", async () => {
    expect(await (await api.fetch(`${url}flags/`, { headers })).json()).toHaveLength(3);
    const identity = await api.fetch(new URL(`${url}identities/`), {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ identifier: "ann" }),
    });
    expect(await identity.json()).toMatchObject({ identifier: "ann" });
  });

  it("slow and broken bodies are seen", async () => {
    api.failNext(1, { kind: "slowBody", delayMs: 5 });
    api.failNext(1, { kind: "cutBody", framing: "chunked" });
    expect(await (await api.fetch(`${url}flags/`, { headers })).json()).toHaveLength(3);
    const cut = await api.fetch(`${url}flags/`, { headers });
    await expect(cut.text()).rejects.toThrow();
  });

  it("a realtime stream can be read and left", async () => {
    api = createFlagsmithApi({ document: environment, realtime: true });
    const caller = new AbortController();
    const { signal } = caller;
    const stream = await api.fetch(`https://flagsmith.test${STREAM_PATH}`, { signal });
    const reader = stream.body?.getReader();
    api.sendToStreams("data: {}\n\n");
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: {}\n\n");
    caller.abort(new Error("no longer wanted"));
    await expect(reader?.read()).rejects.toThrow("no longer wanted");
    expect(api.openStreamCount).toBe(0);
  });

  it("a caller can abort", async () => {
    api.failNext(1, { kind: "hang" });
    const caller = new AbortController();
    const pending = api.fetch(`${url}flags/`, { headers, signal: caller.signal });
    caller.abort(new Error("no longer wanted"));
    await expect(pending).rejects.toThrow("no longer wanted");
  });
});
