import { describe, expect, it } from "vitest";
import { documentResponse, environmentDocument, updatedAt } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiUrl,
  catchError,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
  status,
} from "../fake-platform.ts";
import { countRequests, createManualApi, createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

describe("polls", () => {
  it.each([
    [0, [60_000, 114_000, 168_000]],
    [0.5, [60_000, 120_000, 180_000]],
    [0.999_999_999, [60_000, 126_000, 192_000]],
  ])("run at the interval, jittered by ten per cent (random %d)", async (chance, at) => {
    const { clock, flagsmith, times, value } = createPollingClient(countRequests);
    await flagsmith.ready();
    random.value = chance;
    await clock.advance(200_000);
    expect(times().map(Math.round)).toEqual([0, ...at]);
    expect(await value()).toBe(4);
  });

  it.each([0, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9])(
    "first run somewhere in the whole interval (random %d)",
    async (chance) => {
      random.value = chance;
      const { clock, flagsmith } = createPollingClient(countRequests);
      await flagsmith.ready();
      const share = chance < 0.5 ? 2 * chance : 2 - 2 * chance;
      expect(clock.due.map(Math.round)).toEqual([Math.max(1, Math.round(60_000 * share))]);
    },
  );

  it("run at the next read of the storage if the machine was suspended with its clock", async () => {
    const { clock, flagsmith, value } = createPollingClient(countRequests, {
      storage: { getItem: () => null },
    });
    await flagsmith.ready();
    // Only the wall clock goes on.
    clock.setBack(-3_600_000);
    await clock.advance(30_000);
    expect(await value()).toBe(2);
  });

  it("send their request at the right time if timers fire too early", async () => {
    const platform = fakePlatform(countRequests);
    const { clock } = platform;
    const after: typeof clock.after = (ms, task) => clock.after(Math.max(1, ms - 2), task);
    const { now, monotonicNow, sleep, start } = clock;
    const timers = { now, monotonicNow, sleep, start, after };
    const flagsmith = localClient({ ...platform, timers });
    await flagsmith.ready();
    await clock.advance(200_000);
    expect(platform.requests.map(({ at }) => at)).toEqual([0, 60_000, 120_000, 180_000]);
  });

  it("are scheduled from the end of the previous load", async () => {
    const { answer, respond } = createManualApi();
    const { clock, flagsmith, times } = createPollingClient(answer, {
      environmentRefreshIntervalSeconds: 10,
    });
    const ready = flagsmith.ready();
    await clock.advance(9000);
    respond(0, documentResponse());
    await ready;
    await clock.advance(16_000);
    expect(times()).toEqual([0, 19_000]);
    respond(1, documentResponse());
    await clock.advance(10_000);
    expect(times()).toEqual([0, 19_000, 35_000]);
  });

  it("follow a load of two intervals immediately, because the process may have been stopped", async () => {
    const { answer, respond } = createManualApi();
    const { clock, flagsmith, times } = createPollingClient(answer, {
      environmentRefreshIntervalSeconds: 1,
    });
    const ready = flagsmith.ready();
    await clock.advance(5000);
    respond(0, documentResponse());
    await ready;
    await clock.advance(1);
    expect(times()).toEqual([0, 5001]);
  });

  it("load and report a new document", async () => {
    const dates = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:30Z"];
    const { clock, flagsmith, changes, value } = createPollingClient((_request, count) =>
      json(environmentDocument(count, { updated_at: dates[count - 1] })),
    );
    await flagsmith.ready();
    const before = await flagsmith.getEnvironmentFlags();
    await clock.advance(60_000);
    expect(await value()).toBe(2);
    expect(before.getFeatureValue("banner")).toBe(1);
    expect(changes).toEqual(dates.map((date) => `new ${date}`));
  });

  it("keep the document if they fail, and report each failure", async () => {
    const calls: unknown[] = [];
    const { clock, flagsmith, logger, value, times } = createPollingClient(
      (_request, count) => (count === 1 ? documentResponse() : status(502)),
      { onEnvironmentChange: (error, change) => void calls.push([error?.message, change]) },
    );
    await flagsmith.ready();
    await clock.advance(120_000);
    expect(await value()).toBe("api");
    expect(times()).toEqual([0, 60_000, 120_000]);
    const failed = `GET ${apiUrl}environment-document/ failed with status 502.`;
    expect(calls).toEqual([
      [undefined, { updatedAt }],
      [failed, { updatedAt }],
      [failed, { updatedAt }],
    ]);
    const line = `The environment could not be refreshed: ${failed}`;
    expect(logger.warnings).toEqual([line, line]);
    expect(logger.errors).toEqual([]);
  });

  it("keep the document if the new one is invalid", async () => {
    const { clock, flagsmith, changes, value, logger } = createPollingClient((_request, count) =>
      count === 1 ? documentResponse() : json(environmentDocument("new", { feature_states: null })),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(await value()).toBe("api");
    expect(changes).toEqual([`new ${updatedAt}`, "INVALID_RESPONSE"]);
    expect(logger.warnings).toEqual([
      "The environment could not be refreshed: The environment document is invalid at feature_states.",
    ]);
  });

  it.each([
    ["120", 120_000],
    ["1", 60_000],
    ["Thu, 01 Jan 2026 00:05:00 GMT", 240_000],
    ["99999999999", 300_000],
  ])("are delayed by a Retry-After of %s, but not advanced", async (retryAfter, waitMs) => {
    const { clock, flagsmith } = createPollingClient((_request, count) =>
      count === 1 ? documentResponse() : status(429, { "Retry-After": retryAfter }),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(clock.due).toEqual([waitMs]);
  });

  it("wait for the longer Retry-After of an earlier failure", async () => {
    const { clock, flagsmith, times } = createPollingClient((_request, count) => {
      if (count === 2) return status(503, { "Retry-After": "120" });
      if (count === 3) return status(500);
      if (count === 4) return status(503, { "Retry-After": "5" });
      return documentResponse();
    });
    await flagsmith.ready();
    await clock.advance(70_000);
    for (let update = 0; update < 2; update++) await catchError(flagsmith.updateEnvironment());
    expect(times()).toEqual([0, 60_000, 70_000, 70_000]);
    expect(clock.due).toEqual([110_000]);
    await clock.advance(110_000);
    expect(times().slice(4)).toEqual([180_000]);
    // A success ends it.
    expect(clock.due).toEqual([60_000]);
  });

  it("become rare if the runtime denies the connection", async () => {
    const denied = new Error("Requires net access");
    const platform = fakePlatform(
      () => {
        throw denied;
      },
      { isPermissionError: (error) => error === denied },
    );
    const flagsmith = localClient(platform);
    expect((await catchError(flagsmith.ready())).code).toBe("PERMISSION_DENIED");
    await platform.clock.advance(3_600_000);
    expect(platform.requests.length).toBeLessThan(16);
    await flagsmith.close();
  });

  it("log each failure of an outage, and once that it has ended", async () => {
    const { clock, flagsmith, logger } = createPollingClient((_request, count) =>
      count === 2 || count === 3 ? status(503) : documentResponse(count),
    );
    await flagsmith.ready();
    await clock.advance(300_000);
    const failure = `warn The environment could not be refreshed: GET ${apiUrl}environment-document/ failed with status 503.`;
    expect(logger.lines.filter((line) => !line.startsWith("debug "))).toEqual([
      failure,
      failure,
      "info The environment is loaded again.",
    ]);
  });

  it.each([401, 403])(
    "become rare after a %i and recover, with one error and one message",
    async (code) => {
      let isRefused = true;
      const { clock, flagsmith, logger, times, value, changes } = createPollingClient(
        (_request, count) => (count > 1 && isRefused ? status(code) : documentResponse(count)),
      );
      await flagsmith.ready();
      await clock.advance(1_200_000);
      const minutes = times().map((time) => time / 60_000);
      expect(minutes).toEqual([0, 1, 2, 4, 8, 13, 18]);
      expect(await value()).toBe(1);
      expect(logger.warnings).toEqual([]);
      expect(logger.errors).toEqual([
        `The environment could not be refreshed: GET ${apiUrl}environment-document/ failed with status ${code}: check environmentKey. Loading continues at a slower rate.`,
      ]);
      expect(await catchError(flagsmith.updateEnvironment())).toMatchObject({ status: code });
      expect(logger.errors).toHaveLength(1);
      isRefused = false;
      await clock.advance(300_000);
      expect(await value()).toBe(9);
      expect(logger.lines.filter((line) => line.startsWith("info"))).toEqual([
        "info The environment is loaded again.",
      ]);
      const { length } = times();
      await clock.advance(60_000);
      expect(times()).toHaveLength(length + 1);
      expect(changes.slice(-2)).toEqual([`new ${updatedAt}`, `new ${updatedAt}`]);
    },
  );

  it("continue after a 403 to the first load, not faster for calls", async () => {
    const { clock, flagsmith, times, logger } = createPollingClient(() => status(403));
    await catchError(flagsmith.ready());
    for (let second = 0; second < 300; second++) {
      await clock.advance(1000);
      expect(await catchError(flagsmith.getEnvironmentFlags())).toMatchObject({ status: 403 });
    }
    expect(times().map((time) => time / 60_000)).toEqual([0, 1, 3]);
    expect(logger.errors).toEqual([
      `Flags could not be loaded: GET ${apiUrl}environment-document/ failed with status 403: check environmentKey. Loading continues at a slower rate.`,
    ]);
  });
});
