import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import { expect, test, vi } from "vitest";
import { DevServer } from "../src/dev/dev-server.ts";

const apis: FlagsmithApi[] = [];

vi.mock(import("@flagsmith-isomorphic/testing"), async (importOriginal) => {
  const original = await importOriginal();
  const create: typeof createFlagsmithApi = (options) => {
    const api = original.createFlagsmithApi(options);
    apis.push(api);
    return api;
  };
  return { ...original, createFlagsmithApi: create };
});

test("sends nothing to a page that was closed", async () => {
  const server = new DevServer(createFlagsmithApi().document, () => undefined);
  const { stream } = await server.handle({
    ...{ method: "GET", origin: "http://127.0.0.1", path: "/changes", search: "" },
    headers: { host: "127.0.0.1" },
    body: new Uint8Array(),
  });
  const sent: string[] = [];
  const close = stream?.({
    send: (bytes: Uint8Array) => void sent.push(new TextDecoder().decode(bytes)),
    close: () => undefined,
  } as never);
  server.announce("first");
  close?.();
  server.announce("second");
  expect(sent).toEqual([": open\n\n", 'event: activity\ndata: {"text":"first"}\n\n']);
});

const events = { events: [{ event: "checkout", timestamp: 1 }] };

test("keeps neither requests nor reports, because the server may run for days", async () => {
  const server = new DevServer(createFlagsmithApi().document, () => undefined);
  const response = await server.handle({
    method: "POST",
    origin: "http://127.0.0.1",
    path: "/v1/events",
    search: "",
    headers: {
      host: "127.0.0.1",
      "content-type": "application/json",
      "x-environment-key": "ser.any",
    },
    body: new TextEncoder().encode(JSON.stringify(events)),
  });
  expect(response.status).toBe(202);
  expect([apis.at(-1)?.requests, apis.at(-1)?.acceptedEvents]).toEqual([[], []]);
});
