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
    [0, [54_000, 108_000, 162_000]],
    [0.5, [60_000, 120_000, 180_000]],
    [0.999_999_999, [66_000, 132_000, 198_000]],
  ])("run at the interval, jittered by ten per cent (random %d)", async (chance, at) => {
    random.value = chance;
    const { clock, flagsmith, times, value } = createPollingClient(countRequests);
    await flagsmith.ready();
    await clock.advance(200_000);
    expect(times().map(Math.round)).toEqual([0, ...at]);
    expect(await value()).toBe(4);
  });

  it("are scheduled from the end of the previous load", async () => {
    const { answer, respond } = createManualApi();
    const { clock, flagsmith, times } = createPollingClient(answer, {
      environmentRefreshIntervalSeconds: 1,
    });
    const ready = flagsmith.ready();
    await clock.advance(9000);
    respond(0, documentResponse());
    await ready;
    await clock.advance(6000);
    expect(times()).toEqual([0, 10_000]);
    respond(1, documentResponse());
    await clock.advance(1000);
    expect(times()).toEqual([0, 10_000, 16_000]);
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
      count === 1
        ? documentResponse()
        : json(environmentDocument("new", { identity_overrides: [{ identifier: 7 }] })),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(await value()).toBe("api");
    expect(changes).toEqual([`new ${updatedAt}`, "INVALID_RESPONSE"]);
    expect(logger.warnings).toEqual([
      "The environment could not be refreshed: The environment document is invalid at identity_overrides[0].identifier and is not used.",
    ]);
  });

  it.each([
    ["120", 120_000],
    ["1", 60_000],
    ["Thu, 01 Jan 2026 00:05:00 GMT", 240_000],
    ["99999999999", 86_400_000],
  ])("are delayed by a Retry-After of %s, but not advanced", async (retryAfter, waitMs) => {
    const { clock, flagsmith } = createPollingClient((_request, count) =>
      count === 1 ? documentResponse() : status(429, { "Retry-After": retryAfter }),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(clock.due).toEqual([waitMs]);
  });

  it("stop if the runtime denies the connection", async () => {
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
    expect(platform.requests).toHaveLength(1);
    await flagsmith.close();
  });

  it.each([401, 403])(
    "stop after a %i until updateEnvironment(), with one log message",
    async (code) => {
      let isRefused = true;
      const { clock, flagsmith, logger, times, value, changes } = createPollingClient(
        (_request, count) => (count > 1 && isRefused ? status(code) : documentResponse(count)),
      );
      await flagsmith.ready();
      await clock.advance(3_600_000);
      expect(times()).toEqual([0, 60_000]);
      expect(clock.pending).toBe(0);
      expect(await value()).toBe(1);
      expect(logger.warnings).toEqual([]);
      expect(logger.errors).toEqual([
        "The environment could not be refreshed and loading has stopped: " +
          `GET ${apiUrl}environment-document/ failed with status ${code}: check environmentKey, then call updateEnvironment().`,
      ]);
      expect(await catchError(flagsmith.updateEnvironment())).toMatchObject({ status: code });
      expect(clock.pending).toBe(0);
      isRefused = false;
      await flagsmith.updateEnvironment();
      expect(await value()).toBe(4);
      await clock.advance(60_000);
      expect(await value()).toBe(5);
      expect(changes).toEqual([
        `new ${updatedAt}`,
        "API_STATUS",
        "API_STATUS",
        `new ${updatedAt}`,
        `new ${updatedAt}`,
      ]);
    },
  );

  it("do not start after a 403 to the first load", async () => {
    const { clock, flagsmith, times, logger } = createPollingClient(() => status(403));
    await catchError(flagsmith.ready());
    await clock.advance(3_600_000);
    expect(times()).toEqual([0]);
    expect(logger.errors).toEqual([
      "Flags could not be loaded and loading has stopped: " +
        `GET ${apiUrl}environment-document/ failed with status 403: check environmentKey, then call updateEnvironment().`,
    ]);
    expect(await catchError(flagsmith.getEnvironmentFlags())).toMatchObject({ status: 403 });
  });
});
