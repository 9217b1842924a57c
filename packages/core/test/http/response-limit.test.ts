import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { environmentDocument } from "../fake-environment.ts";
import {
  apiFlag,
  apiUrl,
  catchError,
  client,
  fakePlatform,
  json,
  localClient,
  type Responder,
  settle,
} from "../fake-platform.ts";

const chunk = new Uint8Array(100_000).fill(0x20);

/** Far more than any limit. A client that ignores its limit reaches it, instead of blocking the process. */
const endlessBytes = 50_000_000;

/** A response of spaces without end. `read` counts the bytes that were read. */
function endless(init: ResponseInit = {}) {
  const counter = { read: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      counter.read += chunk.length;
      controller.enqueue(chunk);
      if (counter.read > endlessBytes) controller.close();
    },
    cancel: () => {
      counter.isCancelled = true;
    },
  });
  return { counter, response: new Response(body, init) };
}

it.each([
  ["by default", {}, 8_000_000],
  ["with maxResponseBytes", { maxResponseBytes: 500_000 }, 500_000],
])("stops reading an endless response %s, without a retry", async (_name, options, maxBytes) => {
  const { counter, response } = endless();
  const platform = fakePlatform(() => response);
  const error = await catchError(client(platform, options).getEnvironmentFlags());
  expect(error).toMatchObject({ code: "INVALID_RESPONSE", status: 200 });
  expect(error.message).toBe(
    `GET ${apiUrl}flags/ returned more bytes than maxResponseBytes allows.`,
  );
  await settle();
  expect(counter.isCancelled).toBe(true);
  expect(counter.read).toBeLessThanOrEqual(maxBytes + 3 * chunk.length);
  expect(platform.requests).toHaveLength(1);
});

it("accepts a response of exactly the limit", async () => {
  const body = JSON.stringify([apiFlag("banner")]);
  const options = { maxResponseBytes: body.length };
  const flags = await client(
    fakePlatform(() => new Response(body)),
    options,
  ).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  const tooLong = client(
    fakePlatform(() => new Response(`${body} `)),
    options,
  );
  expect(await catchError(tooLong.getEnvironmentFlags())).toMatchObject({
    code: "INVALID_RESPONSE",
  });
});

it("counts bytes after decompression", async () => {
  const compressed = gzipSync(Buffer.alloc(2_000_000, " "));
  const inflated = () =>
    new Response(
      new Blob([new Uint8Array(compressed)]).stream().pipeThrough(new DecompressionStream("gzip")),
    );
  const platform = fakePlatform(inflated);
  const options = { maxResponseBytes: 1_000_000 };
  const error = await catchError(client(platform, options).getEnvironmentFlags());
  expect(compressed.length).toBeLessThan(10_000);
  expect(error.code).toBe("INVALID_RESPONSE");
});

it("reads at most 64 kB of an error response", async () => {
  const { counter, response } = endless({ status: 400 });
  const error = await catchError(client(fakePlatform(() => response)).getEnvironmentFlags());
  expect(error).toMatchObject({ code: "API_STATUS", status: 400, reason: undefined });
  await settle();
  expect(counter.read).toBeLessThanOrEqual(3 * chunk.length);
});

it("decodes characters that are split between chunks", async () => {
  const bytes = new TextEncoder().encode(JSON.stringify([apiFlag("größe €", { enabled: true })]));
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const flags = await client(fakePlatform(() => new Response(body))).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("größe €")).toBe(true);
});

it("reads the text of a response without a stream", async () => {
  const bare = () => {
    const { status, ok, headers } = json([]);
    return { status, ok, headers, text: async () => JSON.stringify([apiFlag("banner")]) };
  };
  const flags = await client(fakePlatform(bare as unknown as Responder)).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});

/** A response of a custom fetch that has only `text()`. */
function streamless(text: string, init: ResponseInit = {}) {
  const { status, ok, headers } = new Response(null, init);
  let reads = 0;
  const read = async () => {
    reads++;
    return text;
  };
  return { response: { status, ok, headers, text: read } as Response, reads: () => reads };
}

it("does not use a text without a stream that is longer than the limit", async () => {
  const text = JSON.stringify([apiFlag("banner")]);
  const platform = fakePlatform(() => streamless(`${text} `).response);
  const options = { maxResponseBytes: text.length };
  const error = await catchError(client(platform, options).getEnvironmentFlags());
  expect(error).toMatchObject({ code: "INVALID_RESPONSE", status: 200 });
  expect(platform.requests).toHaveLength(1);
  const exact = client(
    fakePlatform(() => streamless(text).response),
    options,
  );
  expect((await exact.getEnvironmentFlags()).isFeatureEnabled("banner")).toBe(true);
});

it("does not read a response without a stream whose length exceeds the limit", async () => {
  const { response, reads } = streamless("[]", { headers: { "Content-Length": "8000001" } });
  const error = await catchError(client(fakePlatform(() => response)).getEnvironmentFlags());
  expect(error.code).toBe("INVALID_RESPONSE");
  expect(error.message).toContain("returned more bytes than maxResponseBytes allows");
  expect(reads()).toBe(0);
});

it("needs no stream that can be cancelled", async () => {
  const { response } = streamless("[]", { headers: { "Content-Length": "8000001" } });
  const platform = fakePlatform(() => Object.assign(response, { body: {} }));
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error.code).toBe("INVALID_RESPONSE");
});

it("cancels a custom stream that is too long", async () => {
  let isCancelled = false;
  const cancel = async () => {
    isCancelled = true;
  };
  const { response } = streamless("[]", { headers: { "Content-Length": "8000001" } });
  const platform = fakePlatform(() => Object.assign(response, { body: { cancel } }));
  await catchError(client(platform).getEnvironmentFlags());
  expect(isCancelled).toBe(true);
});

it("maxResponseBytes also limits an error response", async () => {
  const { response } = streamless(JSON.stringify({ detail: "x".repeat(100) }), { status: 400 });
  const platform = fakePlatform(() => response);
  const error = await catchError(client(platform, { maxResponseBytes: 100 }).getEnvironmentFlags());
  expect(error).toMatchObject({ code: "API_STATUS", status: 400, reason: undefined });
});

it("reads a response without a stream whose length is the limit", async () => {
  const text = JSON.stringify([apiFlag("banner")]);
  const { response } = streamless(text, { headers: { "Content-Length": String(text.length) } });
  const options = { maxResponseBytes: text.length };
  const flags = await client(
    fakePlatform(() => response),
    options,
  ).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});

it("cuts an error response without a stream", async () => {
  const text = JSON.stringify({ padding: "x".repeat(64_000), detail: "late" });
  const { response } = streamless(text, { status: 400 });
  const error = await catchError(client(fakePlatform(() => response)).getEnvironmentFlags());
  expect(error).toMatchObject({ code: "API_STATUS", status: 400, reason: undefined });
});

it("limits a document to 64 MB, or to maxDocumentBytes", async () => {
  const padded = () => json(environmentDocument("on", { padding: "x".repeat(9_000_000) }));
  const accepted = localClient(fakePlatform(padded));
  await accepted.ready();
  await accepted.close();
  const platform = fakePlatform(padded);
  const rejected = localClient(platform, { maxDocumentBytes: 9_000_000 });
  const error = await catchError(rejected.ready());
  expect(error).toMatchObject({ code: "INVALID_RESPONSE" });
  expect(error.message).toContain("returned more bytes than maxDocumentBytes allows");
  expect(platform.requests).toHaveLength(1);
  await rejected.close();
});

it("limits all pages of a document together", async () => {
  const padding = "x".repeat(1_000_000);
  const platform = fakePlatform((_request, count) => {
    const Link = `<${apiUrl}environment-document/?page=${count + 1}>; rel="next"`;
    return json(environmentDocument("on", { padding }), { headers: { Link } });
  });
  const flagsmith = localClient(platform, { maxDocumentBytes: 5_000_000 });
  expect(await catchError(flagsmith.ready())).toMatchObject({ code: "INVALID_RESPONSE" });
  expect(platform.requests).toHaveLength(5);
  await flagsmith.close();
});

it.each(["[", '{"flags": [{"enabled": tr', "  [1, 2", '[{"name": "a ] \\" }'])(
  "retries after the incomplete JSON %j",
  async (text) => {
    const platform = fakePlatform((_request, count) =>
      count < 3 ? new Response(text) : json([apiFlag("banner")]),
    );
    const flags = await platform.clock.run(client(platform).getEnvironmentFlags());
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    expect(platform.requests).toHaveLength(3);
    const failing = client(
      fakePlatform(() => new Response(text)),
      { retries: 0 },
    );
    const error = await catchError(failing.getEnvironmentFlags());
    expect(error).toMatchObject({ code: "INVALID_RESPONSE", status: 200 });
    expect(error.message).toBe(`GET ${apiUrl}flags/ returned incomplete JSON.`);
  },
);

it("incomplete JSON is a failure of the network for a retry policy", async () => {
  const failures: unknown[] = [];
  const shouldRetry = (failure: unknown) => failures.push(failure) === 0;
  const retries = { retries: 1, delay: () => 0, shouldRetry };
  const platform = fakePlatform(() => new Response("["));
  await catchError(client(platform, { retries }).getEnvironmentFlags());
  expect(failures).toEqual([{ kind: "network", status: undefined, attempt: 1 }]);
});
