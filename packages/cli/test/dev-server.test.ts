import {
  createFlagsmithApi,
  type FlagsmithApi,
  type WireDocument,
} from "@flagsmith-isomorphic/testing";
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

test("serves the well-formed parts of a document", async () => {
  const state = { feature: { id: 1, name: "dark" }, enabled: true, feature_state_value: null };
  const parts = [null, { enabled: true }, state];
  const document = {
    ...createFlagsmithApi().document,
    project: { segments: [null, { id: 1, name: "gold", rules: [], feature_states: parts }] },
    feature_states: parts,
    identity_overrides: [null, { identifier: "alice", identity_features: parts }],
  } as unknown as WireDocument;
  const server = new DevServer(document, () => undefined);
  const get = async (path: string) => {
    const headers = { host: "127.0.0.1", "x-environment-key": "ser.any" };
    const request = { method: "GET", origin: "http://127.0.0.1", path, search: "", headers };
    const { body } = await server.handle({ ...request, body: new Uint8Array() });
    return JSON.parse(new TextDecoder().decode(body));
  };
  expect(await get("/api/v1/flags/")).toMatchObject([{ feature: { name: "dark" }, enabled: true }]);
  expect(server.override("dark", { enabled: false })).toBe(true);
  expect(await get("/api/v1/flags/")).toMatchObject([
    { feature: { name: "dark" }, enabled: false },
  ]);
  expect(await get("/overrides")).toMatchObject({ features: [{ feature: "dark" }] });
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
