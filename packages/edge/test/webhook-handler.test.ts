import { describe, expect, it, vi } from "vitest";
import {
  createWebhookHandler,
  type EnvironmentSnapshot,
  Flagsmith,
  signWebhookBody,
  type WebhookHandlerOptions,
} from "../src/index.ts";
import { WebhookReloads } from "../src/webhook-reloads.ts";

const secret = "edge-webhook-secret";
const change = "2026-01-01T12:00:00.500000Z";
const body = JSON.stringify({ event_type: "FLAG_UPDATED", data: { timestamp: change } });

/** Creates a handler whose client always finds a changed document. */
function createHandler(
  load: () => Promise<void> = async () => undefined,
  options: Partial<WebhookHandlerOptions> = {},
) {
  const update = vi.fn(async () => {
    await load();
    return true;
  });
  const currentSnapshot = () => ({ updatedAt: change }) as EnvironmentSnapshot;
  const flagsmith = { updateEnvironment: update, currentSnapshot };
  return { update, handle: createWebhookHandler({ flagsmith, secret, ...options }) };
}

async function createRequest(init: RequestInit & { readonly signature?: string | null } = {}) {
  const { signature = await signWebhookBody(body, secret), ...rest } = init;
  const headers = new Headers(rest.headers);
  if (signature !== null) headers.set("x-flagsmith-signature", signature);
  return new Request("https://app.example/flagsmith", { method: "POST", body, ...rest, headers });
}

/** Creates a streamed body of unknown length, and counts the chunks that were read. */
function createBody(count: number, size: number) {
  let readCount = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (readCount === count) return controller.close();
        readCount++;
        controller.enqueue(new Uint8Array(size).fill(97));
      },
    },
    { highWaterMark: 0 },
  );
  return { init: { body: stream, duplex: "half" } as RequestInit, getReadCount: () => readCount };
}

describe("a valid webhook", () => {
  it.each([undefined, {}])("reloads before the response (context %j)", async (ctx) => {
    let finish = () => {};
    const { handle, update } = createHandler(() => new Promise((resolve) => (finish = resolve)));
    const onResponse = vi.fn((response: Response) => response.status);
    const status = handle(await createRequest(), ctx).then(onResponse);
    await vi.waitFor(() => expect(update).toHaveBeenCalledTimes(1));
    expect(onResponse).not.toHaveBeenCalled();
    finish();
    expect(await status).toBe(204);
  });

  it("may be streamed and as large as the limit", async () => {
    expect(() => createHandler(undefined, { maxBodyBytes: 1 })).not.toThrow();
    const { handle, update } = createHandler(undefined, { maxBodyBytes: 3000 });
    const signature = await signWebhookBody("a".repeat(3000), secret);
    const response = await handle(await createRequest({ ...createBody(3, 1000).init, signature }));
    expect(response.status).toBe(204);
    expect(update).toHaveBeenCalledTimes(1);
  });

  it("is completed in waitUntil, which is called as a method", async () => {
    const work: Promise<unknown>[] = [];
    const ctx = {
      waitUntil(this: unknown, promise: Promise<unknown>) {
        expect(this).toBe(ctx);
        work.push(promise);
      },
    };
    const { handle } = createHandler(() => Promise.reject(new Error("down")));
    expect((await handle(await createRequest(), ctx)).status).toBe(502);
    expect(work).toHaveLength(1);
    await expect(work[0]).resolves.toBeUndefined();
  });

  it("gets an empty 502 if the document cannot be loaded", async () => {
    const { handle } = createHandler(() => Promise.reject(new Error(`${secret} ser.key`)));
    const response = await handle(await createRequest());
    expect(response.status).toBe(502);
    expect(await response.text()).toBe("");
    expect([...response.headers]).toEqual([]);
  });

  it("rejects with NO_ENVIRONMENT for a client in remote mode", async () => {
    const fetch = vi.fn();
    const flagsmith = new Flagsmith({ environmentKey: "client-key", fetch });
    const work: Promise<unknown>[] = [];
    const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
    const response = createWebhookHandler({ flagsmith, secret })(await createRequest(), ctx);
    await expect(response).rejects.toMatchObject({ code: "NO_ENVIRONMENT" });
    await Promise.all(work);
    expect(fetch).not.toHaveBeenCalled();
  });

  it("rejects with INVALID_OPTIONS if its body was read before", async () => {
    const { handle, update } = createHandler();
    const request = await createRequest();
    await request.json();
    await expect(handle(request)).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("with an unread body"),
    });
    expect(update).not.toHaveBeenCalled();
  });

  it.each([
    ["Node.js", { method: "POST", headers: { "x-flagsmith-signature": "0".repeat(64) } }],
    ["Hono", { method: "POST", raw: {} }],
    ["nothing", undefined],
  ])("rejects with INVALID_OPTIONS for a request of %s", async (_name, request) => {
    const { handle } = createHandler();
    await expect(handle(Object(request))).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("not one of Node.js"),
    });
  });

  it("gets 502 if the handler of offline mode fails", async () => {
    const getEnvironment = () => Promise.reject(new Error("down"));
    const flagsmith = new Flagsmith({ offlineMode: true, offlineHandler: { getEnvironment } });
    const response = await createWebhookHandler({ flagsmith, secret })(await createRequest());
    expect(response.status).toBe(502);
  });

  it("gets 502 if the client throws synchronously", async () => {
    const { handle } = createHandler(() => {
      throw new Error("closed");
    });
    expect((await handle(await createRequest())).status).toBe(502);
  });
});

it.each([
  ["FLAG_UPDATED", { timestamp: change }, Date.parse(change)],
  ["FLAG_DELETED", {}, Number.NaN],
  ["AUDIT_LOG_CREATED", { created_date: change }, Number.NaN],
  ["NEW_VERSION_PUBLISHED", { uuid: "0" }, Number.NaN],
  [undefined, null, Number.NaN],
])("%s with %j is handled in waitUntil until it has an effect", async (type, data, changedAt) => {
  const reloadUntilChanged = vi
    .spyOn(WebhookReloads.prototype, "reloadUntilChanged")
    .mockResolvedValue();
  const { handle } = createHandler();
  const webhook = JSON.stringify({ event_type: type, data });
  const work: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
  const signature = await signWebhookBody(webhook, secret);
  expect((await handle(await createRequest({ body: webhook, signature }), ctx)).status).toBe(204);
  await Promise.all(work);
  expect(reloadUntilChanged).toHaveBeenCalledExactlyOnceWith(expect.anything(), changedAt);
  reloadUntilChanged.mockRestore();
});

it("a body that is not JSON is a webhook without a time", async () => {
  const { handle, update } = createHandler();
  const signature = await signWebhookBody("changed", secret);
  const work: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
  expect((await handle(await createRequest({ body: "changed", signature }), ctx)).status).toBe(204);
  await Promise.all(work);
  expect(update).toHaveBeenCalledTimes(1);
});

describe("an invalid request does not reload", () => {
  it.each(["GET", "HEAD", "PUT", "OPTIONS"])("with method %s", async (method) => {
    const { handle, update } = createHandler();
    const init = method === "PUT" ? { method } : { method, body: null };
    const response = await handle(await createRequest(init));
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("POST");
    expect(update).not.toHaveBeenCalled();
  });

  it.each([
    ["missing", null],
    ["empty", ""],
    ["garbage", "é"],
    ["too short", "0".repeat(63)],
    ["too long", "0".repeat(65)],
    ["forged", "00".repeat(32)],
  ])("with a signature that is %s", async (_name, signature) => {
    const { handle, update } = createHandler();
    const response = await handle(await createRequest({ signature }));
    expect(response.status).toBe(401);
    expect(await response.text()).toBe("");
    expect(update).not.toHaveBeenCalled();
  });

  it("with a changed or missing body", async () => {
    const { handle, update } = createHandler();
    for (const changed of [`${body} `, "", null]) {
      expect((await handle(await createRequest({ body: changed }))).status).toBe(401);
    }
    expect(update).not.toHaveBeenCalled();
  });

  it.each([null, "", "x", "0".repeat(63), `${"0".repeat(63)}g`, "0".repeat(65)])(
    "with the signature %j, and its body is not read",
    async (signature) => {
      const { handle } = createHandler();
      const { init, getReadCount } = createBody(3, 1000);
      expect((await handle(await createRequest({ ...init, signature }))).status).toBe(401);
      expect(getReadCount()).toBe(0);
    },
  );

  it("with a Content-Length over a megabyte, and its body is not read", async () => {
    const { handle, update } = createHandler();
    const { init, getReadCount } = createBody(3, 1000);
    const headers = { "Content-Length": "1000001" };
    expect((await handle(await createRequest({ ...init, headers }))).status).toBe(413);
    expect(getReadCount()).toBe(0);
    expect(update).not.toHaveBeenCalled();
  });

  it.each([undefined, "10", "-1", "many"])(
    "with a streamed body over the limit, which is not read further (length %s)",
    async (length) => {
      const { handle } = createHandler(undefined, { maxBodyBytes: 2500 });
      const { init, getReadCount } = createBody(100, 1000);
      const headers: Record<string, string> = length ? { "Content-Length": length } : {};
      expect((await handle(await createRequest({ ...init, headers }))).status).toBe(413);
      expect(getReadCount()).toBe(3);
    },
  );

  it("with a body that takes longer than 10 s, which is cancelled", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const onCancel = vi.fn();
      const stream = new ReadableStream({ cancel: onCancel });
      const init = { body: stream, duplex: "half" } as RequestInit;
      const { handle, update } = createHandler();
      const onResponse = vi.fn((response: Response) => response.status);
      const status = handle(await createRequest(init)).then(onResponse);
      await vi.advanceTimersByTimeAsync(9999);
      expect(onResponse).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(await status).toBe(408);
      expect(onCancel).toHaveBeenCalledTimes(1);
      expect(update).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  it("with a body that ends early", async () => {
    const stream = new ReadableStream({
      start: (controller) => controller.error(new Error("cut")),
    });
    const init = { body: stream, duplex: "half" } as RequestInit;
    const { handle, update } = createHandler();
    expect((await handle(await createRequest(init))).status).toBe(400);
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
])("rejects %s: %j", (option, value) => {
  expect(() => createHandler(undefined, { [option]: value })).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining(`Option ${option} `),
    }),
  );
});
