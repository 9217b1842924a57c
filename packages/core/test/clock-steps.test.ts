import { afterEach, describe, expect, it, vi } from "vitest";
import { createFleet } from "./environment/fake-fleet.ts";
import { documentResponse, memoryStorage } from "./fake-environment.ts";
import {
  apiFlag,
  catchError,
  client,
  FakeClock,
  fakeIsolate,
  fakePlatform,
  hang,
  json,
  localClient,
  type Responder,
  settle,
  status,
} from "./fake-platform.ts";
import { eventsApiUrl, reportingPlatform, reportWith } from "./reporting/fake-reports.ts";

const second = 1000;
const hour = 3600 * second;

afterEach(() => vi.restoreAllMocks());

/** Returns when an isolate loads the document, if a request vanished with its load and the clock is set back. */
async function loadAfterVanished(backMs: number): Promise<number[]> {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const clock = new FakeClock();
  let respond: Responder = hang;
  const times: number[] = [];
  const startedAt = clock.monotonicNow();
  const platform = fakeIsolate(
    (request, count) => {
      times.push(clock.monotonicNow() - startedAt);
      return respond(request, count);
    },
    { clock },
  );
  const flagsmith = localClient(platform);
  void flagsmith.getEnvironmentFlags().catch(() => undefined);
  await settle();
  clock.cutOff();
  clock.setBack(backMs);
  respond = () => documentResponse();
  for (let call = 0; call < 30; call++) {
    void flagsmith.getEnvironmentFlags().catch(() => undefined);
    await clock.advance(second);
  }
  return times;
}

describe.each([
  ["back by an hour", hour],
  ["forward by an hour", -hour],
])("the clock is set %s", (_name, backMs) => {
  it("during a call, which ends at its deadline", async () => {
    const platform = fakePlatform(hang);
    const { clock } = platform;
    const startedAt = clock.monotonicNow();
    const call = catchError(client(platform).getEnvironmentFlags());
    await clock.advance(5 * second);
    clock.setBack(backMs);
    const error = await clock.run(call);
    expect(error.code).toBe("API_TIMEOUT");
    expect(clock.monotonicNow() - startedAt).toBe(20 * second);
    expect(platform.requests).toHaveLength(2);
  });

  it("between retries, which keep their number and their waits", async () => {
    const platform = fakePlatform((_request, count) => {
      platform.clock.setBack(backMs);
      return count < 4 ? status(503) : json([apiFlag("banner")]);
    });
    const { clock } = platform;
    const startedAt = clock.monotonicNow();
    const flags = await clock.run(client(platform).getEnvironmentFlags());
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    expect(clock.monotonicNow() - startedAt).toBe(300);
  });

  it("during a Retry-After and the pause of an open circuit", async () => {
    const platform = fakePlatform(() => status(503, { "Retry-After": "60" }));
    const { clock, requests } = platform;
    const flagsmith = client(platform);
    await Promise.all(Array.from({ length: 5 }, () => catchError(flagsmith.getEnvironmentFlags())));
    clock.setBack(backMs);
    await clock.advance(59 * second);
    await catchError(flagsmith.getEnvironmentFlags());
    expect(requests).toHaveLength(5);
    await clock.advance(second);
    await catchError(flagsmith.getEnvironmentFlags());
    expect(requests).toHaveLength(6);
  });

  it("between polls, which keep their interval", async () => {
    const platform = fakePlatform(() => documentResponse());
    const { clock, requests } = platform;
    const flagsmith = localClient(platform);
    await flagsmith.ready();
    await clock.advance(30 * second);
    clock.setBack(backMs);
    const before = requests.length;
    await clock.advance(600 * second);
    expect(requests.length - before).toBeGreaterThanOrEqual(9);
    expect(requests.length - before).toBeLessThanOrEqual(12);
    await flagsmith.close();
  });

  it("between the loads of a fleet, of which one process still makes one per interval", async () => {
    const fleet = createFleet(10, { storage: memoryStorage() });
    await fleet.start();
    fleet.clock.setBack(backMs);
    await fleet.clock.advance(600 * second);
    expect(fleet.loads.length).toBeGreaterThanOrEqual(9);
    expect(fleet.loads.length).toBeLessThanOrEqual(12);
    for (const { flagsmith } of fleet.processes) {
      expect(flagsmith.status().ageSeconds).toBeLessThan(100);
    }
    await fleet.close();
  });

  it("during a flush that fails: the next one sends the events", async () => {
    let isDown = true;
    const platform = reportingPlatform(() => {
      if (isDown) platform.clock.setBack(backMs);
      return status(isDown ? 503 : 202);
    });
    const flagsmith = client(platform, { enableEvents: true, eventsApiUrl });
    flagsmith.trackEvent("checkout");
    await flagsmith.flush();
    isDown = false;
    await flagsmith.flush();
    expect(flagsmith.deliveryReport()).toEqual(
      reportWith({ events: { accepted: 1, unconfirmed: 1 } }),
    );
  });

  it("during the Retry-After of events, which ends in time", async () => {
    const platform = reportingPlatform((_request, count) =>
      count === 1 ? status(503, { "Retry-After": "30" }) : status(202),
    );
    const { clock } = platform;
    const flagsmith = client(platform, { enableEvents: true, eventsApiUrl });
    flagsmith.trackEvent("checkout");
    await flagsmith.flush();
    clock.setBack(backMs);
    await clock.advance(29 * second);
    await flagsmith.flush();
    expect(platform.reports()).toHaveLength(1);
    await clock.advance(second);
    await flagsmith.flush();
    expect(platform.reports()).toHaveLength(2);
  });

  it("during the lease of a load that vanished with its request", async () => {
    const times = await loadAfterVanished(backMs);
    expect(times).toEqual(await loadAfterVanished(0));
    expect(times.length).toBeGreaterThan(1);
  });
});

it("a monotonic clock that a test replaces gives no negative age", async () => {
  const clock = new FakeClock();
  let replacedBy = clock.monotonicNow;
  const timers = { ...clock, monotonicNow: () => replacedBy() };
  const flagsmith = localClient(fakePlatform(() => documentResponse(), { clock, timers }));
  await flagsmith.ready();
  replacedBy = () => 0;
  expect(flagsmith.status()).toMatchObject({ state: "ready", ageSeconds: 0 });
  await flagsmith.close();
});

it.each([
  ["remote", client],
  ["local", localClient],
])(
  "a %s call reads neither Date.now nor random values before its request",
  async (_name, create) => {
    const read: string[] = [];
    vi.spyOn(Math, "random").mockImplementation(() => {
      read.push("random");
      return 0.5;
    });
    const clock = new FakeClock();
    const timers = {
      ...clock,
      now: () => {
        read.push("now");
        return clock.now();
      },
    };
    const before: string[] = [];
    const platform = fakePlatform(
      ({ url }) => {
        before.push(...read);
        return url.endsWith("environment-document/") ? documentResponse() : json([]);
      },
      { timers },
    );
    const flagsmith = create(platform);
    await flagsmith.forRequest().getEnvironmentFlags();
    expect(platform.requests).toHaveLength(1);
    expect(before).toEqual([]);
    await flagsmith.close();
  },
);
