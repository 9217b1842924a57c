import { expect, it } from "vitest";
import { createOptionError } from "../../src/errors.ts";
import { parseOptions } from "../../src/options/parse-options.ts";
import { documentResponse } from "../fake-environment.ts";
import {
  catchError,
  client,
  environmentKey,
  fakePlatform,
  json,
  localClient,
  recordingLogger,
  settle,
} from "../fake-platform.ts";

type Call = (options: never) => unknown;

/** Every method that takes options, on a client with a document. */
async function createCalls(): Promise<Record<string, Call>> {
  const flagsmith = localClient(fakePlatform(() => documentResponse()));
  await flagsmith.ready();
  const request = flagsmith.forRequest();
  return {
    getEnvironmentFlags: (options) => flagsmith.getEnvironmentFlags(options),
    getIdentityFlags: (options) => flagsmith.getIdentityFlags("user", {}, options),
    getIdentitySegments: (options) => flagsmith.getIdentitySegments("user", {}, options),
    getSnapshot: (options) => request.getSnapshot(options),
    getExperimentFlag: (options) => request.getExperimentFlag("banner", "user", {}, options),
    ready: (options) => flagsmith.ready(options),
    updateEnvironment: (options) => flagsmith.updateEnvironment(options),
  };
}

const calls = await createCalls();

for (const [name, call] of Object.entries(calls)) {
  it.each([null, undefined, {}, { signal: undefined }, { signal: null }])(
    `${name} accepts the options %j`,
    async (options) => {
      await call(options as never);
    },
  );

  it(`${name} rejects a misspelt option and suggests the right one`, async () => {
    const error = await catchError(() => call({ singal: undefined } as never));
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toContain('Unknown option "singal". Did you mean "signal"?');
  });

  it.each([false, 0, "", 5, "soon", {}, new AbortController()])(
    `${name} rejects the signal %j`,
    async (signal) => {
      const error = await catchError(() => call({ signal } as never));
      expect(error).toMatchObject({ code: "INVALID_OPTIONS" });
      expect(error.message).toContain("signal must be an AbortSignal");
    },
  );

  it.each([5, "soon"])(`${name} rejects the options %j`, async (options) => {
    expect(await catchError(() => call(options as never))).toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });
}

it.each([
  ["getIdentityFlags", "transient"],
  ["ready", "fresh"],
  ["updateEnvironment", "acceptOlder"],
])("%s rejects a %s that is not a boolean", async (name, option) => {
  const error = await catchError(() => calls[name]?.({ [option]: 1 } as never));
  expect(error.message).toContain(`${option} must be true or false`);
});

it.each([
  ["environmentRefreshIntervalSeconds", 0.06],
  ["environmentRefreshIntervalSeconds", 60_000],
  ["storageCheckIntervalSeconds", 0.5],
  ["storageCheckIntervalSeconds", 5000],
  ["requestTimeoutSeconds", 5000],
  ["requestDeadlineSeconds", 10_000],
  ["realtimeTimeoutSeconds", 601],
])("logs a warning if %s is %d", (name, value) => {
  const logger = recordingLogger();
  client(fakePlatform(), { logger, [name]: value });
  expect(logger.warnings).toEqual([
    `Option ${name} is ${value} seconds: durations are in seconds, not milliseconds.`,
  ]);
});

it.each([
  ["environmentRefreshIntervalSeconds", 1],
  ["environmentRefreshIntervalSeconds", 3600],
  ["storageCheckIntervalSeconds", 0],
  ["requestTimeoutSeconds", 600],
])("logs nothing if %s is %d", (name, value) => {
  const logger = recordingLogger();
  client(fakePlatform(), { logger, [name]: value });
  expect(logger.warnings).toEqual([]);
});

it("scheduled loads are at least a second apart, whatever the interval", async () => {
  const platform = fakePlatform(() => documentResponse());
  const flagsmith = localClient(platform, { environmentRefreshIntervalSeconds: 0.000001 });
  await flagsmith.ready();
  await platform.clock.advance(60_000);
  expect(platform.requests.length).toBeGreaterThan(50);
  expect(platform.requests.length).toBeLessThan(75);
  await flagsmith.close();
});

it.each([
  { environmentRefreshIntervalSeconds: 10, expectedMs: 5000 },
  { environmentRefreshIntervalSeconds: 300, expectedMs: 30_000 },
  { environmentRefreshIntervalSeconds: 0, expectedMs: 30_000 },
])("the storage is checked twice in an interval, every 30 s at most: %o", (options) => {
  const { expectedMs, ...intervals } = options;
  const { storageCheckIntervalMs } = parseOptions({ environmentKey, ...intervals });
  expect(storageCheckIntervalMs).toBe(expectedMs);
});

it("offline mode needs no handler if a failure means no flags", async () => {
  const platform = fakePlatform();
  const flagsmith = localClient(platform, {
    enableLocalEvaluation: false,
    offlineMode: true,
    onFailure: "empty",
  });
  expect((await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner")).toBe(false);
  expect(() => client(platform, { onFailure: "throw" })).not.toThrow();
  expect(platform.requests).toEqual([]);
});

it("an option with methods may be a function", () => {
  const cache = Object.assign(() => undefined, { get: () => undefined, set: () => undefined });
  expect(parseOptions({ environmentKey, cache }).cache).toBe(cache);
});

it("null options do not stop a remote call", async () => {
  const flagsmith = client(
    fakePlatform(({ method }) => json(method === "POST" ? { flags: [] } : [])),
  );
  await flagsmith.getEnvironmentFlags(null as never);
  await flagsmith.getIdentityFlags("user", undefined, null as never);
});

it.each(["updateEnvironment", "ready"] as const)(
  "%s as a listener of an event logs that its arguments are no options",
  async (name) => {
    const logger = recordingLogger();
    const platform = fakePlatform(() => documentResponse());
    const flagsmith = localClient(platform, { logger });
    const listener: Call = flagsmith[name];
    void listener.call(flagsmith, "SIGHUP" as never);
    void listener.call(flagsmith, { type: "FLAG_UPDATED" } as never);
    await settle();
    expect(logger.errors).toEqual([
      `${name}() did nothing: The options of a call must be an object.`,
      `${name}() did nothing: Unknown option "type".`,
    ]);
    expect(platform.requests).toHaveLength(0);
  },
);

it.each(["updateEnvironment", "ready"] as const)(
  "%s() does not log an option of the client as its argument",
  async (name) => {
    const logger = recordingLogger();
    const platform = fakePlatform(() => {
      throw createOptionError("agent", "does not fit");
    });
    const flagsmith = localClient(platform, { logger });
    await expect(flagsmith[name]()).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    expect(logger.warnings).toEqual([expect.stringMatching(/^Flags could not be loaded: .*agent/)]);
    expect(logger.errors).toEqual([]);
  },
);
