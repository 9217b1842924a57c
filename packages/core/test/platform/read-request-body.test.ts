import { Readable } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
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
