import { describe, expect, it, vi } from "vitest";
import { documentResponse, recordingChanges } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  client,
  environmentKey,
  type FakePlatform,
  fakePlatform,
  fixedRandom,
  localClient,
  type Responder,
  recordingLogger,
  settle,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

function errorWith(digest: unknown): Error {
  return Object.assign(new Error(`stopped, key ${environmentKey}`), { digest });
}

function failWith(error: Error): Responder {
  return () => {
    throw error;
  };
}

/** The digests of Next.js 13 to 16. */
const signals = [
  "NEXT_REDIRECT;replace;/login;307;",
  "NEXT_REDIRECT;push;/a;b;c;308;",
  "NEXT_NOT_FOUND",
  "NEXT_HTTP_ERROR_FALLBACK;404",
  "NEXT_HTTP_ERROR_FALLBACK;403",
  "NEXT_PRERENDER_INTERRUPTED",
  "DYNAMIC_SERVER_USAGE",
  "BAILOUT_TO_CLIENT_SIDE_RENDERING",
  "HANGING_PROMISE_REJECTION",
];

/** Other errors, for example those that React reports to error pages. */
const others = [
  "",
  "2338410553",
  "NEXT_REDIRECT",
  "NEXT_NOT_FOUND_PAGE",
  "X DYNAMIC_SERVER_USAGE",
  ["NEXT_NOT_FOUND"],
  7,
  null,
  {},
];

const defaultFlagHandler = () => ({ enabled: true, value: "default" });

describe("an error of Next.js that stops rendering", () => {
  it.each(signals)("reaches the caller in remote mode, without a retry: %s", async (digest) => {
    const signal = errorWith(digest);
    const platform = fakePlatform(failWith(signal));
    const flagsmith = client(platform, { defaultFlagHandler });
    await expect(flagsmith.getEnvironmentFlags()).rejects.toBe(signal);
    await expect(flagsmith.getIdentityFlags("user")).rejects.toBe(signal);
    expect(platform.requests).toHaveLength(2);
  });
});

describe("an error of Next.js that stops rendering, in local mode,", () => {
  it.each(signals)("reaches each caller that has no document: %s", async (digest) => {
    const signal = errorWith(digest);
    let isStatic = true;
    const platform = fakePlatform((request, count) =>
      isStatic ? failWith(signal)(request, count) : documentResponse(),
    );
    const logger = recordingLogger();
    const { changes, onEnvironmentChange } = recordingChanges();
    const options = { defaultFlagHandler, logger, onEnvironmentChange };
    const flagsmith = localClient(platform, options);
    await expect(flagsmith.getEnvironmentFlags()).rejects.toBe(signal);
    await expect(flagsmith.getSnapshot()).rejects.toBe(signal);
    await expect(flagsmith.ready()).rejects.toBe(signal);
    await expect(flagsmith.updateEnvironment()).rejects.toBe(signal);
    expect(platform.requests).toHaveLength(4);
    // The API has not failed.
    expect([logger.warnings, logger.errors, changes]).toEqual([[], [], []]);
    isStatic = false;
    expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("api");
    await flagsmith.close();
  });

  it("does not reach another caller that waited for the same load", async () => {
    const signal = errorWith("DYNAMIC_SERVER_USAGE");
    let fail = (_error: Error) => {};
    const platform = fakePlatform((_request, count) =>
      count === 1 ? new Promise((_resolve, reject) => (fail = reject)) : documentResponse(),
    );
    const flagsmith = localClient(platform, { defaultFlagHandler });
    const first = flagsmith.getEnvironmentFlags();
    const second = flagsmith.getEnvironmentFlags();
    await settle();
    fail(signal);
    await expect(first).rejects.toBe(signal);
    expect((await second).getFeatureValue("banner")).toBe("api");
    expect(platform.requests).toHaveLength(2);
    await flagsmith.close();
  });

  it("reaches the caller that refreshes an overdue document, and keeps the document", async () => {
    const signal = errorWith("DYNAMIC_SERVER_USAGE");
    const platform = fakePlatform((_request, count) => documentResponse(count), {});
    const { clock, requests } = platform;
    let isStatic = false;
    const fetch: typeof platform.fetch = (url, init) =>
      isStatic ? Promise.reject(signal) : platform.fetch(url, init);
    const flagsmith = localClient(platform, { fetch, defaultFlagHandler });
    await flagsmith.ready();
    clock.freeze(130_000);
    isStatic = true;
    await expect(flagsmith.getEnvironmentFlags()).rejects.toBe(signal);
    expect(flagsmith.currentSnapshot()?.environmentFlags().getFeatureValue("banner")).toBe(1);
    isStatic = false;
    await clock.advance(2000);
    expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe(2);
    expect(requests).toHaveLength(2);
    await flagsmith.close();
  });

  it("does not load a fresh document again earlier", async () => {
    const signal = errorWith("DYNAMIC_SERVER_USAGE");
    const platform = fakePlatform((request, count) =>
      count === 2 ? failWith(signal)(request, count) : documentResponse(),
    );
    const flagsmith = localClient(platform);
    await flagsmith.ready();
    await expect(flagsmith.updateEnvironment()).rejects.toBe(signal);
    await platform.clock.advance(50_000);
    expect(platform.requests).toHaveLength(2);
    await flagsmith.close();
  });

  it("does not start loads in a tight loop", async () => {
    const platform = fakePlatform(failWith(errorWith("DYNAMIC_SERVER_USAGE")));
    const flagsmith = localClient(platform);
    await expect(flagsmith.ready()).rejects.toThrow();
    await platform.clock.advance(10_000);
    expect(platform.requests.length).toBeLessThan(12);
    await flagsmith.close();
  });
});

describe("a request during a render of Next.js", () => {
  const paths = ({ requests }: FakePlatform) =>
    requests.map(({ url, init }) => [new URL(url).pathname, Object(init).next]);

  it("belongs to the render if it loads flags", async () => {
    const remote = fakePlatform();
    await client(remote).getEnvironmentFlags();
    const local = fakePlatform(() => documentResponse());
    const flagsmith = localClient(local);
    await flagsmith.ready();
    await flagsmith.close();
    expect([...paths(remote), ...paths(local)]).toEqual([
      ["/api/v1/flags/", undefined],
      ["/api/v1/environment-document/", undefined],
    ]);
  });

  it("does not belong to it if a timer loads the document", async () => {
    const platform = fakePlatform((_request, count) =>
      count === 2 ? new Promise(() => undefined) : documentResponse(),
    );
    const flagsmith = localClient(platform, { requestTimeoutSeconds: 1 });
    await flagsmith.ready();
    await platform.clock.advance(70_000);
    await flagsmith.close();
    expect(paths(platform).slice(0, 3)).toEqual([
      ["/api/v1/environment-document/", undefined],
      ["/api/v1/environment-document/", { internal: true }],
      // The retry after a timeout.
      ["/api/v1/environment-document/", { internal: true }],
    ]);
    expect(platform.requests[2]?.init).toMatchObject({ keepalive: false });
  });

  it("does not belong to it if it opens a realtime stream", async () => {
    const platform = fakePlatform(() => documentResponse());
    const flagsmith = localClient(platform, {
      enableRealtimeUpdates: true,
      realtimeApiUrl: "https://realtime.test/",
    });
    await flagsmith.ready();
    await settle();
    await flagsmith.close();
    const [, stream] = paths(platform);
    expect(stream).toEqual([expect.stringMatching(/\/stream$/), { internal: true }]);
  });

  it("does not belong to it if it reports evaluations or events", async () => {
    const platform = fakePlatform(() => documentResponse());
    const flagsmith = localClient(platform, {
      enableAnalytics: true,
      enableEvents: true,
      eventsApiUrl: "https://events.test/",
    });
    (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
    flagsmith.trackEvent("sale", { identifier: "user" });
    await flagsmith.close();
    expect(paths(platform).slice(1)).toEqual([
      ["/api/v1/analytics/flags/", { internal: true }],
      ["/v1/events", { internal: true }],
    ]);
  });
});

it("counts a flag without a random value or the date, which Next.js refuses", async () => {
  const flagsmith = localClient(
    fakePlatform(() => documentResponse()),
    { enableAnalytics: true },
  );
  await flagsmith.ready();
  const unstable = [vi.spyOn(Math, "random").mockClear(), vi.spyOn(Date, "now")];
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  for (const spy of unstable) expect(spy).not.toHaveBeenCalled();
  unstable[1]?.mockRestore();
  expect(flagsmith.deliveryReport().analytics?.pending).toBe(1);
  await flagsmith.close();
});

describe("any other error with a digest", () => {
  it.each(others)("is an ordinary failure in remote mode: %j", async (digest) => {
    const platform = fakePlatform(failWith(errorWith(digest)));
    const error = await catchError(platform.clock.run(client(platform).getEnvironmentFlags()));
    expect(error.code).toBe("API_UNREACHABLE");
    expect(String(error.message) + String(error.cause)).not.toContain(environmentKey);
    expect(platform.requests).toHaveLength(4);
    const flags = await platform.clock.run(
      client(platform, { defaultFlagHandler }).getEnvironmentFlags(),
    );
    expect(flags.getFeatureValue("banner")).toBe("default");
  });

  it.each(others)("is an ordinary failure in local mode: %j", async (digest) => {
    const platform = fakePlatform((request, count) =>
      count === 5 ? documentResponse("later") : failWith(errorWith(digest))(request, count),
    );
    const flagsmith = localClient(platform, { defaultFlagHandler });
    const flags = await platform.clock.run(flagsmith.getEnvironmentFlags());
    expect(flags.getFeatureValue("banner")).toBe("default");
    expect(platform.requests).toHaveLength(4);
    await platform.clock.advance(1100);
    expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("later");
  });
});
