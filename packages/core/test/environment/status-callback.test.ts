import { describe, expect, it, vi } from "vitest";
import { LiveEnvironment } from "../../src/environment/live-environment.ts";
import type { ClientStatus, FlagsmithOptions } from "../../src/options/options.ts";
import { documentResponse, offlineHandlerWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  deferredResponse,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
  type Responder,
  recordingLogger,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { countRequests, createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

/** Creates a client in remote mode whose API has this status. */
function createRemoteClient(options: Partial<FlagsmithOptions> = {}) {
  let code = 200;
  const answer: Responder = () => (code === 200 ? json([]) : status(code));
  const platform = fakePlatform(answer, { retryPolicy: steadyPolicy(0, 0) });
  const changes: (readonly unknown[])[] = [];
  const flagsmith = localClient(platform, {
    enableLocalEvaluation: false,
    onStatusChange: ({ state, problem, circuit }) => void changes.push([state, problem, circuit]),
    ...options,
  });
  return {
    flagsmith,
    clock: platform.clock,
    changes,
    setStatus: (value: number) => {
      code = value;
    },
    call: () => flagsmith.getEnvironmentFlags().catch(() => undefined),
  };
}

describe("the status of remote mode", () => {
  it("is ready until the circuit opens, and again when a probe succeeds", async () => {
    const { flagsmith, clock, changes, setStatus, call } = createRemoteClient();
    const ready = { state: "ready", problem: undefined, source: "remote", circuit: "closed" };
    expect(flagsmith.status()).toMatchObject(ready);
    await call();
    expect(flagsmith.status()).toMatchObject(ready);
    setStatus(503);
    await call();
    expect(flagsmith.status()).toMatchObject({
      state: "ready",
      problem: "failing",
      consecutiveFailures: 1,
      lastError: { code: "API_STATUS", status: 503 },
    });
    for (let count = 0; count < 4; count++) await call();
    expect(flagsmith.status()).toMatchObject({ state: "unavailable", circuit: "open" });
    setStatus(200);
    await clock.advance(10_000);
    await call();
    expect(flagsmith.status()).toMatchObject(ready);
    await flagsmith.close();
    expect(changes).toEqual([
      ["ready", "failing", "closed"],
      ["unavailable", "failing", "open"],
      ["ready", undefined, "closed"],
      ["closed", undefined, "closed"],
    ]);
  });

  it("shows a probe in flight as half-open", async () => {
    const { response, respond } = deferredResponse();
    const platform = fakePlatform((_request, count) => (count <= 5 ? status(503) : response), {
      retryPolicy: steadyPolicy(0, 0),
    });
    const flagsmith = localClient(platform, { enableLocalEvaluation: false });
    for (let count = 0; count < 5; count++)
      await flagsmith.getEnvironmentFlags().catch(() => undefined);
    await platform.clock.advance(10_000);
    const probe = flagsmith.getEnvironmentFlags();
    await Promise.resolve();
    expect(flagsmith.status()).toMatchObject({ state: "unavailable", circuit: "half-open" });
    respond(json([]));
    await probe;
    expect(flagsmith.status()).toMatchObject({ state: "ready", circuit: "closed" });
  });

  it.each([401, 403])("is unauthorized after a %i", async (code) => {
    const { flagsmith, setStatus, call, changes } = createRemoteClient();
    setStatus(code);
    await call();
    expect(flagsmith.status()).toMatchObject({ state: "ready", problem: "unauthorized" });
    setStatus(200);
    await call();
    expect(changes.map(([state, problem]) => [state, problem])).toEqual([
      ["ready", "unauthorized"],
      ["ready", undefined],
    ]);
  });

  it("has no circuit with circuitBreaker: false", async () => {
    const { flagsmith, setStatus, call } = createRemoteClient({ circuitBreaker: false });
    setStatus(503);
    for (let count = 0; count < 8; count++) await call();
    expect(flagsmith.status()).toMatchObject({
      state: "ready",
      problem: "failing",
      circuit: undefined,
      consecutiveFailures: 8,
    });
  });

  it("a fallback and a call that is aborted are no recovery", async () => {
    const { flagsmith, setStatus, call, changes } = createRemoteClient({
      defaultFlagHandler: () => ({ enabled: true }),
    });
    setStatus(500);
    await call();
    const error = await flagsmith
      .getEnvironmentFlags({ signal: AbortSignal.abort() })
      .catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: "AbortError" });
    expect(flagsmith.status().consecutiveFailures).toBe(1);
    expect(changes).toHaveLength(1);
  });
});

describe("status() within onEnvironmentChange", () => {
  it("describes the load that is reported, and is no change of its own", async () => {
    const seen: unknown[] = [];
    const reported: unknown[] = [];
    const { flagsmith, clock } = createPollingClient(
      (_request, count) => ([2, 3].includes(count) ? status(500) : documentResponse(count)),
      {
        onEnvironmentChange: () => {
          const { problem, lastError, consecutiveFailures } = flagsmith.status();
          seen.push([problem, lastError?.code, consecutiveFailures]);
        },
        onStatusChange: ({ state, problem }) => void reported.push([state, problem]),
      },
    );
    await flagsmith.ready();
    await clock.advance(180_000);
    await flagsmith.close();
    expect(seen).toEqual([
      [undefined, undefined, 0],
      ["failing", "API_STATUS", 1],
      ["failing", "API_STATUS", 2],
      [undefined, "API_STATUS", 0],
    ]);
    expect(reported).toEqual([
      ["loading", undefined],
      ["ready", undefined],
      ["ready", "failing"],
      ["stale", "failing"],
      ["ready", undefined],
      ["closed", undefined],
    ]);
  });
});

describe("onStatusChange", () => {
  it("receives the status before and after, and may read the status", async () => {
    const seen: unknown[] = [];
    const { flagsmith } = createPollingClient(countRequests, {
      onStatusChange: (current, previous) => {
        seen.push([previous.state, current.state, flagsmith.status().state]);
      },
    });
    await flagsmith.ready();
    expect(seen).toEqual([
      ["idle", "loading", "loading"],
      ["loading", "ready", "ready"],
    ]);
  });

  it.each([
    ["throws", () => Promise.resolve()],
    ["rejects", () => Promise.reject(new Error("mine"))],
  ])("a callback that %s is logged once and changes nothing", async (verb, reject) => {
    const logger = recordingLogger();
    const { flagsmith, value } = createPollingClient(() => documentResponse(), {
      logger,
      onStatusChange: () => {
        if (verb === "throws") throw new Error("mine");
        return reject();
      },
    });
    await flagsmith.ready();
    await flagsmith.close();
    expect(await value()).toBe("api");
    expect(logger.warnings).toEqual([
      expect.stringMatching(/^onStatusChange failed: Error: mine at /),
    ]);
  });

  it("the status is computed when it is read, unless there is a callback", async () => {
    const facts = vi.spyOn(LiveEnvironment.prototype, "facts");
    const { flagsmith, clock } = createPollingClient(countRequests);
    const before = facts.mock.calls.length;
    await flagsmith.ready();
    await clock.advance(300_000);
    expect(facts.mock.calls).toHaveLength(before);
    flagsmith.status();
    expect(facts.mock.calls).toHaveLength(before + 1);
    facts.mockRestore();
  });

  it("needs no timer without a callback", async () => {
    const without = createPollingClient(countRequests);
    await without.flagsmith.ready();
    const pending = without.clock.pending;
    const with_ = createPollingClient(countRequests, { onStatusChange: () => undefined });
    await with_.flagsmith.ready();
    expect(with_.clock.pending).toBe(pending + 1);
    await with_.flagsmith.close();
    expect(with_.clock.pending).toBe(0);
  });

  it("is not called for an unchanged status, or by an offline handler in remote mode", async () => {
    const states: ClientStatus["state"][] = [];
    const { flagsmith, clock } = createPollingClient(countRequests, {
      onStatusChange: ({ state }) => void states.push(state),
    });
    await flagsmith.ready();
    await clock.advance(300_000);
    expect(states).toEqual(["loading", "ready"]);
    const remote = createRemoteClient({ offlineHandler: offlineHandlerWith() });
    remote.setStatus(500);
    await remote.call();
    expect(remote.changes).toEqual([["ready", "failing", "closed"]]);
  });
});
