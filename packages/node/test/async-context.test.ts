import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { expect, it, onTestFinished, vi } from "vitest";
import { Flagsmith, type FlagsmithOptions } from "../src/index.ts";

const request = new AsyncLocalStorage<unknown>();
const documentPath = "/api/v1/environment-document/";
const logger = { warn: () => undefined, error: () => undefined };

/** Waits, also on a busy machine: the test has a limit of its own. */
const waitFor = (check: () => void) => vi.waitFor(check, { timeout: 60_000 });

/** Creates a client, and records the path and the async context of each of its requests. */
function setUp(options: Partial<FlagsmithOptions>) {
  const { document } = createFlagsmithApi();
  const project = { ...document.project, enable_realtime_updates: true };
  const api = createFlagsmithApi({
    document: { ...document, project },
    events: true,
    realtime: true,
  });
  const sent: (readonly [path: string, from: unknown])[] = [];
  const flagsmith = new Flagsmith({
    environmentKey: api.environmentKey,
    fetch: (url, init) => {
      sent.push([new URL(url).pathname, request.getStore()]);
      return api.fetch(url, init);
    },
    logger,
    ...options,
  });
  onTestFinished(() => flagsmith.close());
  return { flagsmith, sent };
}

it("polls do not belong to the call that starts them", async () => {
  const statuses: (readonly [state: string, from: unknown])[] = [];
  const { flagsmith, sent } = setUp({
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: 0.05,
    onStatusChange: ({ state }) => statuses.push([state, request.getStore()]),
  });
  const call = async () => {
    await flagsmith.getEnvironmentFlags();
    return request.getStore();
  };
  const calls = ["first", "second"].map((name) => request.run(name, call));
  expect(await Promise.all(calls)).toEqual(["first", "second"]);
  await waitFor(() => expect(sent.length).toBeGreaterThan(2));
  const [load, ...polls] = sent;
  expect(load).toEqual([documentPath, "first"]);
  for (const poll of polls) expect(poll).toEqual([documentPath, undefined]);
  expect(statuses).toEqual([
    ["loading", "first"],
    ["ready", "first"],
  ]);
});

it("a realtime stream and its loads do not belong to the call that starts them", async () => {
  const { flagsmith, sent } = setUp({ enableLocalEvaluation: true, enableRealtimeUpdates: true });
  await request.run("first", () => flagsmith.getEnvironmentFlags());
  await waitFor(() => expect(sent).toHaveLength(3));
  expect(sent).toEqual([
    [documentPath, "first"],
    ["/sse/environments/client-key/stream", undefined],
    [documentPath, undefined],
  ]);
});

it("a realtime stream does not keep the context of the call that starts it", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const { flagsmith, sent } = setUp({ enableLocalEvaluation: true, enableRealtimeUpdates: true });
  const call = async () => {
    const context = {};
    await request.run(context, () => flagsmith.getEnvironmentFlags());
    return new WeakRef(context);
  };
  const context = await call();
  await waitFor(() => expect(sent).toHaveLength(3));
  sent.length = 0;
  await new Promise(setImmediate);
  collectGarbage();
  expect(context.deref()).toBeUndefined();
});

it("a subscription to changes does not belong to the call that starts it", async () => {
  const contexts: unknown[] = [];
  const subscribe = () => {
    contexts.push(request.getStore());
    return () => undefined;
  };
  const { flagsmith } = setUp({ enableLocalEvaluation: true, changes: { subscribe } });
  await request.run("first", () => flagsmith.getEnvironmentFlags());
  expect(contexts).toEqual([undefined]);
});

it("a report of a full queue does not belong to the call that fills it", async () => {
  const { flagsmith, sent } = setUp({ enableEvents: true });
  request.run("first", () => {
    for (let count = 0; count < 1000; count++) flagsmith.trackEvent("purchase");
  });
  await waitFor(() => expect(flagsmith.deliveryReport().events.accepted).toBe(1000));
  expect(sent).toEqual([["/v1/events", undefined]]);
});

it("a report of a queue that fills during a flush() does not belong to that call", async () => {
  const { flagsmith, sent } = setUp({ enableEvents: true });
  request.run("first", () => {
    flagsmith.trackEvent("purchase");
    void flagsmith.flush();
    for (let count = 0; count < 1000; count++) flagsmith.trackEvent("purchase");
  });
  await waitFor(() => expect(flagsmith.deliveryReport().events.accepted).toBe(1001));
  expect(sent).toEqual([
    ["/v1/events", "first"],
    ["/v1/events", undefined],
  ]);
});

it("the load of an announced change does not belong to the call that announces it", async () => {
  let announce = (_message?: string) => {};
  const changes = {
    subscribe: (onChange: typeof announce) => {
      announce = onChange;
      return () => undefined;
    },
  };
  const { flagsmith, sent } = setUp({ enableLocalEvaluation: true, changes });
  await flagsmith.ready();
  request.run("first", announce);
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]).toEqual([documentPath, undefined]);
});

/** Stubs zone.js. Code runs in the zone "page", except for what leaves it. */
function stubZone() {
  let zone = "page";
  const run = <T>(task: () => T) => {
    zone = "root";
    try {
      return task();
    } finally {
      zone = "page";
    }
  };
  vi.stubGlobal("Zone", { root: { run } });
  onTestFinished(() => void vi.unstubAllGlobals());
  return () => zone;
}

it("background timers and fetch do not belong to the zone of the call", async () => {
  const getZone = stubZone();
  const pending = new Map<unknown, string>();
  const fetched: string[] = [];
  const { setTimeout, clearTimeout } = globalThis;
  const api = createFlagsmithApi();
  vi.stubGlobal("setTimeout", (...args: Parameters<typeof setTimeout>) => {
    const timer = setTimeout(...args);
    pending.set(timer, getZone());
    return timer;
  });
  vi.stubGlobal("clearTimeout", (timer: NodeJS.Timeout) => {
    pending.delete(timer);
    clearTimeout(timer);
  });
  vi.stubGlobal("fetch", (...args: Parameters<typeof fetch>) => {
    fetched.push(getZone());
    return api.fetch(...args);
  });
  const { flagsmith } = setUp({
    fetch: undefined,
    enableLocalEvaluation: true,
    enableEvents: true,
  });
  await flagsmith.getEnvironmentFlags();
  flagsmith.trackEvent("checkout");
  expect([...pending.values()]).toEqual(["root", "root"]);
  expect(fetched).toEqual(["root"]);
});

it("requests of an agent do not belong to the zone of the call", async () => {
  const getZone = stubZone();
  const zones: string[] = [];
  const dispatch = () => {
    zones.push(getZone());
    throw new Error("not connected");
  };
  const agent = { dispatch };
  const { flagsmith } = setUp({ fetch: undefined, agent, retries: 0 });
  await expect(flagsmith.getEnvironmentFlags()).rejects.toThrow("not connected");
  expect(zones).toEqual(["root"]);
});
