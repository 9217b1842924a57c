import { Readable } from "node:stream";
import { expect, it, onTestFinished, vi } from "vitest";
import { readRequestBody } from "../../src/platform/read-request-body.ts";
import { fakePlatform } from "../fake-platform.ts";

/** A request of a server of Node.js, whose body has arrived. */
function createNodeRequest(chunks: number): Request {
  const received = new Readable({ read: () => undefined });
  for (let chunk = 0; chunk < chunks; chunk++) received.push(Buffer.alloc(1000));
  const init = { method: "POST", body: Readable.toWeb(received), duplex: "half" };
  return new Request("https://app.example/", init as RequestInit);
}

it("a body over the limit causes no exception in the streams of Node.js", async () => {
  const exceptions: unknown[] = [];
  const note = (error: unknown) => void exceptions.push(error);
  process.on("uncaughtException", note);
  onTestFinished(() => void process.off("uncaughtException", note));
  const request = createNodeRequest(100);
  expect(await readRequestBody(request, 1500, fakePlatform().timers)).toBe(413);
  await new Promise((done) => setTimeout(done, 20));
  expect(exceptions).toEqual([]);
});

it.each([
  ["a body of chunks up to the limit", 6, [1, 2, 3, 4, 5, 6]],
  ["a body of chunks over the limit", 5, 413],
])("%s is read in its order, or refused", async (_name, maxBytes, result) => {
  const { timers, clock } = fakePlatform();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of [[1, 2], [3], [4, 5, 6]]) controller.enqueue(Uint8Array.from(chunk));
      controller.close();
    },
  });
  const init = { method: "POST", body, duplex: "half" };
  const request = new Request("https://app.example/", init as RequestInit);
  const read = await readRequestBody(request, maxBytes, timers);
  expect(typeof read === "number" ? read : [...read]).toEqual(result);
  expect(clock.pending).toBe(0);
});

it("a request without a body has no bytes", async () => {
  const request = new Request("https://app.example/", { method: "POST" });
  expect(await readRequestBody(request, 10, fakePlatform().timers)).toEqual(new Uint8Array());
});

it.each([
  ["9", 413],
  ["8", Uint8Array.from([1, 2])],
])("a body that announces %s of 8 bytes is read, or refused before", async (length, result) => {
  const pull = vi.fn((controller: ReadableStreamDefaultController<Uint8Array>) => {
    controller.enqueue(Uint8Array.from([1, 2]));
    controller.close();
  });
  const body = new ReadableStream({ pull }, { highWaterMark: 0 });
  // The Request of a DOM has no Content-Length.
  const request = { body, headers: new Map([["Content-Length", length]]) } as unknown as Request;
  expect(await readRequestBody(request, 8, fakePlatform().timers)).toEqual(result);
  expect(pull).toHaveBeenCalledTimes(result === 413 ? 0 : 1);
});

it("a body that ends early is a bad request, and one that stops is too slow", async () => {
  const { timers, clock } = fakePlatform();
  const read = (source: UnderlyingDefaultSource<Uint8Array>) => {
    const init = { method: "POST", body: new ReadableStream(source), duplex: "half" };
    const request = new Request("https://app.example/", init as RequestInit);
    return readRequestBody(request, 10, timers);
  };
  expect(await read({ pull: () => Promise.reject(new Error("reset")) })).toBe(400);
  const cancel = vi.fn();
  const slow = read({ cancel });
  await clock.advance(9999);
  expect(cancel).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(await slow).toBe(408);
  expect(cancel).toHaveBeenCalledOnce();
});
