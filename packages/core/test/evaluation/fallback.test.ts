import { describe, expect, it } from "vitest";
import { FlagsmithClientError } from "../../src/errors.ts";
import { memoryCache } from "../../src/evaluation/memory-cache.ts";
import { offlineHandlerWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  apiUrl,
  catchError,
  client,
  deferredResponse,
  fakeIsolate,
  fakePlatform,
  hang,
  hangDeaf,
  json,
  localClient,
  recordingLogger,
  settle,
  status,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

const defaultFlagHandler = () => ({ enabled: true, value: "default" });

describe("log messages", () => {
  it("name the fallback once per outage", async () => {
    const logger = recordingLogger();
    let isDown = true;
    const platform = fakePlatform(() => (isDown ? status(404) : json([apiFlag("banner")])));
    const flagsmith = client(platform, { defaultFlagHandler, logger });
    for (let calls = 0; calls < 3; calls++) await flagsmith.getEnvironmentFlags();
    expect(logger.warnings).toHaveLength(1);
    isDown = false;
    await flagsmith.getEnvironmentFlags();
    isDown = true;
    await flagsmith.getEnvironmentFlags();
    expect(logger.warnings).toHaveLength(2);
    expect(logger.warnings[1]).toContain("Serving default flags");
  });

  it("name the fallback once although the cache still has other flags", async () => {
    const logger = recordingLogger();
    let isDown = false;
    const platform = fakePlatform(() => (isDown ? status(503) : json({ flags: [] })));
    const options = { cache: memoryCache(), defaultFlagHandler, logger, retries: 0 };
    const flagsmith = client(platform, options);
    await flagsmith.getIdentityFlags("known");
    isDown = true;
    for (const user of ["first", "second", "third"]) {
      expect((await flagsmith.getIdentityFlags(user)).source).toBe("default");
      expect((await flagsmith.getIdentityFlags("known")).source).toBe("cache");
    }
    expect(logger.warnings).toHaveLength(1);
  });

  it("do not repeat the cause of an error of the API", async () => {
    const logger = recordingLogger();
    const platform = fakePlatform(() => {
      throw new TypeError("reset");
    });
    const flagsmith = client(platform, { defaultFlagHandler, logger, retries: 0 });
    await flagsmith.getEnvironmentFlags();
    expect(logger.warnings).toEqual([`Serving default flags: GET ${apiUrl}flags/ failed: reset.`]);
  });

  it("do not name unknown features if the call has failed", async () => {
    const logger = recordingLogger();
    const options = { onFailure: "empty", logger, retries: 0 } as const;
    const flags = await client(
      fakePlatform(() => status(503)),
      options,
    ).getEnvironmentFlags();
    expect(flags.isFeatureEnabled("banner")).toBe(false);
    expect(logger.warnings).toEqual([expect.stringMatching(/^Serving default flags: /)]);
  });

  it("name the fallback once if the API hangs, however long the last attempt is", async () => {
    const logger = recordingLogger();
    let waitMs = 0;
    const retries = { retries: 3, delay: () => ++waitMs, shouldRetry: () => true };
    const platform = fakePlatform(hang);
    const options = { defaultFlagHandler, logger, retries, circuitBreaker: false };
    const flagsmith = client(platform, options);
    for (let calls = 0; calls < 5; calls++)
      await platform.clock.run(flagsmith.getEnvironmentFlags());
    expect(logger.warnings).toEqual([
      `Serving default flags: GET ${apiUrl}flags/ timed out after 20 s (requestDeadlineSeconds).`,
    ]);
  });

  it("are bounded even if every failure has another message", async () => {
    const logger = recordingLogger();
    let count = 0;
    const platform = fakePlatform(() => {
      count++;
      throw new Error(`failure ${count}`);
    });
    const options = { defaultFlagHandler, logger, retries: 0, circuitBreaker: false };
    const flagsmith = client(platform, options);
    for (let calls = 0; calls < 100; calls++) await flagsmith.getEnvironmentFlags();
    expect(logger.warnings).toHaveLength(20);
  });
});

describe.each([
  ["remote mode", fakePlatform, { enableLocalEvaluation: false }],
  ["local mode", fakePlatform, {}],
  ["remote mode in an isolate", fakeIsolate, { enableLocalEvaluation: false }],
  ["local mode in an isolate", fakeIsolate, {}],
] as const)("a call in %s", (_mode, createPlatform, mode) => {
  it("ends a second after its deadline if API and offline handler hang", async () => {
    const platform = createPlatform(hangDeaf);
    const flagsmith = localClient(platform, {
      ...mode,
      offlineHandler: { getEnvironment: hangDeaf },
      requestTimeoutSeconds: 3,
      requestDeadlineSeconds: 3,
      retries: 0,
    });
    const startedAt = platform.clock.now();
    const failure = catchError(flagsmith.getIdentityFlags("user")).then((error) => ({
      code: error.code,
      seconds: (platform.clock.now() - startedAt) / 1000,
    }));
    await platform.clock.advance(10_000);
    expect(await failure).toEqual({ code: "API_TIMEOUT", seconds: 4 });
    await flagsmith.close();
  });

  it.each([
    [
      "the offline document",
      { offlineHandler: offlineHandlerWith(), defaultFlagHandler },
      "offline",
    ],
    ["default flags", { defaultFlagHandler }, "default"],
    [
      "default flags if the offline handler fails too",
      {
        offlineHandler: { getEnvironment: () => Promise.reject(new Error("no file")) },
        defaultFlagHandler,
      },
      "default",
    ],
  ])("in progress at close() returns %s", async (_name, options, value) => {
    const { response, respond } = deferredResponse();
    const platform = createPlatform(() => response);
    const flagsmith = localClient(platform, { ...mode, ...options, retries: 0 });
    const call = flagsmith.getIdentityFlags("user");
    await settle();
    const closing = flagsmith.close();
    respond(status(503));
    expect((await call).getFeatureValue("banner")).toBe(value);
    await closing;
  });

  it("that starts after close() rejects in spite of fallbacks", async () => {
    const options = { offlineHandler: offlineHandlerWith(), defaultFlagHandler };
    const flagsmith = localClient(
      createPlatform(() => json([])),
      { ...mode, ...options },
    );
    await flagsmith.close();
    expect((await catchError(flagsmith.getIdentityFlags("user"))).code).toBe("CLOSED");
  });
});

it("an invalid option that only a request can check is not replaced by default flags", async () => {
  const platform = fakePlatform(() => {
    throw new FlagsmithClientError("INVALID_OPTIONS", "agent is no agent.");
  });
  const flagsmith = client(platform, { defaultFlagHandler });
  expect((await catchError(flagsmith.getEnvironmentFlags())).code).toBe("INVALID_OPTIONS");
});

it("a call that the caller aborts is no failure in the status", async () => {
  const flagsmith = client(fakePlatform(hangDeaf));
  const controller = new AbortController();
  const call = flagsmith.getEnvironmentFlags({ signal: controller.signal });
  const outcome = expect(call).rejects.toThrow("stopped");
  await settle();
  controller.abort(new Error("stopped"));
  await outcome;
  expect(flagsmith.status()).toMatchObject({ problem: undefined, consecutiveFailures: 0 });
});
