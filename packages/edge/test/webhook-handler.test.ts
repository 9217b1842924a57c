import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createWebhookHandler,
  type EnvironmentSnapshot,
  Flagsmith,
  signWebhookBody,
  type WebhookHandlerOptions,
} from "../src/index.ts";

const secret = "edge-webhook-secret";
const change = "2026-01-01T12:00:00.500000Z";
const body = JSON.stringify({ event_type: "FLAG_UPDATED", data: { timestamp: change } });

/** A client whose document has these dates, one load after the other; the last stays. */
function handlerWith(
  updateEnvironment: () => Promise<void> = async () => undefined,
  more: Partial<WebhookHandlerOptions> = {},
  dates: readonly (string | undefined)[] = [change],
) {
  const update = vi.fn(updateEnvironment);
  const getSnapshot = async () => {
    const updatedAt = dates[Math.min(update.mock.calls.length, dates.length) - 1];
    return { updatedAt } as EnvironmentSnapshot;
  };
  const flagsmith = { updateEnvironment: update, getSnapshot };
  return { update, handle: createWebhookHandler({ flagsmith, secret, ...more }) };
}

async function webhook(init: RequestInit & { readonly signature?: string | null } = {}) {
  const { signature = await signWebhookBody(body, secret), ...rest } = init;
  const headers = new Headers(rest.headers);
  if (signature !== null) headers.set("x-flagsmith-signature", signature);
  return new Request("https://app.example/flagsmith", { method: "POST", body, ...rest, headers });
}

/** A body in pieces, whose length nobody tells; says how many were taken. */
function pieces(count: number, size: number) {
  let taken = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (taken === count) return controller.close();
        taken++;
        controller.enqueue(new Uint8Array(size).fill(97));
      },
    },
    { highWaterMark: 0 },
  );
  return { init: { body: stream, duplex: "half" } as RequestInit, taken: () => taken };
}

describe("a genuine webhook", () => {
  it("refreshes the environment, and is answered when that is done", async () => {
    let finish = () => {};
    const { handle, update } = handlerWith(() => new Promise((resolve) => (finish = resolve)));
    const answered = vi.fn((response: Response) => response.status);
    const answer = handle(await webhook()).then(answered);
    await vi.waitFor(() => expect(update).toHaveBeenCalledTimes(1));
    expect(answered).not.toHaveBeenCalled();
    finish();
    expect(await answer).toBe(204);
  });

  it("may come in pieces, and be as large as the limit", async () => {
    const { handle, update } = handlerWith(undefined, { maxBodyBytes: 3000 });
    const signature = await signWebhookBody("a".repeat(3000), secret);
    const response = await handle(await webhook({ ...pieces(3, 1000).init, signature }));
    expect(response.status).toBe(204);
    expect(update).toHaveBeenCalledTimes(1);
  });

  it("is finished under waitUntil, called as a method, when nobody waits for the answer", async () => {
    const work: Promise<unknown>[] = [];
    const ctx = {
      waitUntil(this: unknown, promise: Promise<unknown>) {
        expect(this).toBe(ctx);
        work.push(promise);
      },
    };
    const { handle } = handlerWith(() => Promise.reject(new Error("down")));
    expect((await handle(await webhook(), ctx)).status).toBe(502);
    expect(work).toHaveLength(1);
    await expect(work[0]).resolves.toBeUndefined();
  });

  it("is answered with 502, and nothing else, when the document cannot be loaded", async () => {
    const { handle } = handlerWith(() => Promise.reject(new Error(`${secret} ser.key`)));
    const response = await handle(await webhook());
    expect(response.status).toBe(502);
    expect(await response.text()).toBe("");
    expect([...response.headers]).toEqual([]);
  });

  it("fails aloud where the client evaluates remotely: nobody could ever load anything", async () => {
    const fetch = vi.fn();
    const flagsmith = new Flagsmith({ environmentKey: "client-key", fetch });
    const work: Promise<unknown>[] = [];
    const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
    const handled = createWebhookHandler({ flagsmith, secret })(await webhook(), ctx);
    await expect(handled).rejects.toMatchObject({ code: "NO_ENVIRONMENT" });
    await Promise.all(work);
    expect(fetch).not.toHaveBeenCalled();
  });

  it("is answered with 502 when the client throws at once", async () => {
    const { handle } = handlerWith(() => {
      throw new Error("closed");
    });
    expect((await handle(await webhook())).status).toBe(502);
  });
});

describe("a webhook that is faster than the API", () => {
  const before = "2026-01-01T11:00:00.000000+00:00";

  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  /** How often the document was loaded in the end, and by each second after the answer. */
  async function catchUp(dates: readonly (string | undefined)[], init: RequestInit = {}) {
    const { handle, update } = handlerWith(undefined, {}, dates);
    const work: Promise<unknown>[] = [];
    const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
    const signature = await signWebhookBody(String(init.body ?? body), secret);
    expect((await handle(await webhook({ signature, ...init }), ctx)).status).toBe(204);
    const loads: number[] = [];
    for (let second = 0; second < 30; second++) {
      loads.push(update.mock.calls.length);
      await vi.advanceTimersByTimeAsync(1000);
    }
    await Promise.all(work);
    return { loads: update.mock.calls.length, perSecond: loads };
  }

  it("has the document loaded again until it is as new as the change", async () => {
    const { loads, perSecond } = await catchUp([before, before, change]);
    expect(loads).toBe(3);
    expect([perSecond[1], perSecond[2], perSecond[6], perSecond[7]]).toEqual([1, 2, 2, 3]);
  });

  it("gives up after three more loads", async () => {
    expect((await catchUp([before])).loads).toBe(4);
  });

  it.each([
    ["the document is as new", [change], body],
    ["the document has no date", [undefined], body],
    ["it does not tell of when", [before], "{}"],
    ["it is no JSON", [before], "changed"],
  ])("loads once where %s", async (_name, dates, text) => {
    expect((await catchUp(dates, { body: text })).loads).toBe(1);
  });

  it("gets no second load without a context to do it in", async () => {
    const { handle, update } = handlerWith(undefined, {}, [before]);
    expect((await handle(await webhook())).status).toBe(204);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(update).toHaveBeenCalledTimes(1);
  });
});

describe("what refreshes nothing", () => {
  it.each(["GET", "HEAD", "PUT", "OPTIONS"])("another method: %s", async (method) => {
    const { handle, update } = handlerWith();
    const init = method === "PUT" ? { method } : { method, body: null };
    const response = await handle(await webhook(init));
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("POST");
    expect(update).not.toHaveBeenCalled();
  });

  it.each([
    ["missing", null],
    ["empty", ""],
    ["garbage", "é"],
    ["forged", "00".repeat(32)],
  ])("a signature that is %s", async (_name, signature) => {
    const { handle, update } = handlerWith();
    const response = await handle(await webhook({ signature }));
    expect(response.status).toBe(401);
    expect(await response.text()).toBe("");
    expect(update).not.toHaveBeenCalled();
  });

  it("a body that was changed, or is missing", async () => {
    const { handle, update } = handlerWith();
    for (const changed of [`${body} `, "", null]) {
      expect((await handle(await webhook({ body: changed }))).status).toBe(401);
    }
    expect(update).not.toHaveBeenCalled();
  });

  it("no signature: its body is not even read", async () => {
    const { handle } = handlerWith();
    const { init, taken } = pieces(3, 1000);
    expect((await handle(await webhook({ ...init, signature: null }))).status).toBe(401);
    expect(taken()).toBe(0);
  });

  it("a body that says that it is over a megabyte: it is not read", async () => {
    const { handle, update } = handlerWith();
    const { init, taken } = pieces(3, 1000);
    const headers = { "Content-Length": "1000001" };
    expect((await handle(await webhook({ ...init, headers }))).status).toBe(413);
    expect(taken()).toBe(0);
    expect(update).not.toHaveBeenCalled();
  });

  it.each([undefined, "10", "-1", "many"])(
    "a body that grows over the limit: the rest is not read (Content-Length %s)",
    async (length) => {
      const { handle } = handlerWith(undefined, { maxBodyBytes: 2500 });
      const { init, taken } = pieces(100, 1000);
      const headers: Record<string, string> = length ? { "Content-Length": length } : {};
      expect((await handle(await webhook({ ...init, headers }))).status).toBe(413);
      expect(taken()).toBe(3);
    },
  );

  it("a body that breaks off", async () => {
    const stream = new ReadableStream({
      start: (controller) => controller.error(new Error("cut")),
    });
    const init = { body: stream, duplex: "half" } as RequestInit;
    const { handle, update } = handlerWith();
    expect((await handle(await webhook(init))).status).toBe(400);
    expect(update).not.toHaveBeenCalled();
  });
});

it.each([
  ["secret", ""],
  ["secret", undefined],
  ["flagsmith", undefined],
  ["flagsmith", {}],
  ["maxBodyBytes", 0],
  ["maxBodyBytes", Number.POSITIVE_INFINITY],
])("refuses %s: %j", (option, value) => {
  expect(() => handlerWith(undefined, { [option]: value })).toThrow(
    expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(option) }),
  );
});
