import { describe, expect, it } from "vitest";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { environmentDocument } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  fakePlatform,
  localClient,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { offline } from "./offline-client.ts";

allowNoUnhandledRejection();

/** A handler whose document the test provides. */
function createSlowHandler() {
  let calls = 0;
  let provide = () => {};
  const getEnvironment = () => {
    calls++;
    return new Promise<unknown>((resolve) => {
      provide = () => resolve(environmentDocument("offline"));
    });
  };
  return { getEnvironment, calls: () => calls, provide: () => provide() };
}

describe("calls at the same time", () => {
  it.each<[mode: string, Partial<FlagsmithOptions>]>([
    ["offline mode", { offlineMode: true }],
    ["local evaluation", {}],
    ["remote mode", { enableLocalEvaluation: false }],
  ])("share one call of the handler in %s", async (_name, options) => {
    const handler = createSlowHandler();
    const platform = fakePlatform(() => status(500), { retryPolicy: steadyPolicy(0, 0) });
    const flagsmith = localClient(platform, { ...options, offlineHandler: handler });
    const calls = Array.from({ length: 20 }, (_, index) => flagsmith.getIdentityFlags(`${index}`));
    await settle();
    expect(handler.calls()).toBe(1);
    handler.provide();
    for (const flags of await Promise.all(calls)) {
      expect(flags.getFeatureValue("banner")).toBe("offline");
    }
    expect(handler.calls()).toBe(1);
  });

  it("wait for the handler until their own deadline, whatever call has started it", async () => {
    const handler = createSlowHandler();
    const { clock, flagsmith, value } = offline(handler);
    const caller = new AbortController();
    const first = flagsmith.getEnvironmentFlags({ signal: caller.signal }).catch(() => "aborted");
    const short = catchError(flagsmith.ready({ timeoutSeconds: 2 }));
    const last = value();
    await settle();
    caller.abort();
    expect(await first).toBe("aborted");
    await clock.advance(2000);
    expect((await short).code).toBe("NO_ENVIRONMENT");
    expect(flagsmith.status().state).toBe("loading");
    handler.provide();
    expect(await last).toBe("offline");
    expect(handler.calls()).toBe(1);
  });

  it("call the handler themselves if promises are not shared", async () => {
    const handler = createSlowHandler();
    const platform = fakePlatform(undefined, { sharesPromises: false });
    const flagsmith = localClient(platform, { offlineMode: true, offlineHandler: handler });
    const caller = new AbortController();
    const first = flagsmith.getEnvironmentFlags({ signal: caller.signal }).catch(() => "aborted");
    const second = flagsmith.getEnvironmentFlags();
    await settle();
    expect(handler.calls()).toBe(2);
    handler.provide();
    expect((await second).getFeatureValue("banner")).toBe("offline");
    caller.abort();
    expect(await first).toBe("aborted");
  });
});

it("a document that arrives late does not replace that of a later updateEnvironment()", async () => {
  const delays = [0, 200, 100];
  let calls = 0;
  const { clock, flagsmith, value } = offline({
    getEnvironment: async () => {
      const number = ++calls;
      await clock.sleep(delays.shift() ?? 0);
      return environmentDocument(number);
    },
  });
  await clock.run(value());
  const first = flagsmith.updateEnvironment();
  await clock.advance(10);
  await clock.run(Promise.all([first, flagsmith.updateEnvironment()]));
  expect(await value()).toBe(3);
});

it("ready() may wait longer for the handler than other calls", async () => {
  const handler = createSlowHandler();
  const { clock, flagsmith } = offline(handler);
  const ready = flagsmith.ready({ timeoutSeconds: 60 });
  await clock.advance(59_000);
  handler.provide();
  await ready;
});

describe("currentSnapshot() in offline mode", () => {
  it("starts to read the document, once", async () => {
    const handler = createSlowHandler();
    const { flagsmith } = offline(handler);
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(handler.calls()).toBe(1);
    handler.provide();
    await settle();
    expect(flagsmith.currentSnapshot()).toBeDefined();
    expect(handler.calls()).toBe(1);
  });

  it("gives the handler as long as a call has", async () => {
    const handler = createSlowHandler();
    const { clock, flagsmith } = offline(handler, { requestDeadlineSeconds: 5 });
    flagsmith.currentSnapshot();
    await clock.advance(4999);
    handler.provide();
    await settle();
    expect(flagsmith.currentSnapshot()).toBeDefined();
  });

  it("reads the document again after a failure", async () => {
    let calls = 0;
    const { flagsmith } = offline({
      getEnvironment: () => {
        if (++calls === 1) throw new Error("locked");
        return environmentDocument("offline");
      },
    });
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(flagsmith.currentSnapshot()).toBeDefined();
    expect(calls).toBe(2);
  });
});
