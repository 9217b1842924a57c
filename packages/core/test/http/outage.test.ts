import { expect, it } from "vitest";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import {
  catchError,
  client,
  fakePlatform,
  hang,
  json,
  type Responder,
  reset,
  settle,
  status,
} from "../fake-platform.ts";

const outages: Record<string, Responder> = {
  "responds with 503": () => status(503),
  "resets connections": reset,
  hangs: hang,
  "responds with 429 and Retry-After: 60": () => status(429, { "Retry-After": "60" }),
};

const callCount = 300;

/** Makes 300 concurrent calls, then 300 calls one after the other. Returns the requests and the waits of both. */
async function measure(respond: Responder, options: Partial<FlagsmithOptions> = {}) {
  const platform = fakePlatform(respond);
  const { clock, requests } = platform;
  const flagsmith = client(platform, {
    defaultFlagHandler: () => ({ enabled: false }),
    ...options,
  });
  const startedAt = clock.now();
  const calls = Array.from({ length: callCount }, () => flagsmith.getIdentityFlags("user-42"));
  await clock.run(Promise.all(calls));
  const first = { requests: requests.length, ms: clock.now() - startedAt };
  requests.length = 0;
  const sleeps = clock.sleeps.length;
  const laterAt = clock.now();
  for (let call = 0; call < callCount; call++) {
    const flags = await clock.run(flagsmith.getIdentityFlags("user-42"));
    expect(flags.source).toBe("default");
  }
  const later = {
    requests: requests.length,
    ms: clock.now() - laterAt,
    sleeps: clock.sleeps.length - sleeps,
  };
  return { first, later };
}

for (const [name, respond] of Object.entries(outages)) {
  it(`an API that ${name} gets at most 450 requests of 300 calls, and no later ones`, async () => {
    const { first, later } = await measure(respond);
    expect(first.requests).toBeLessThanOrEqual(450);
    expect(later).toEqual({ requests: 0, ms: 0, sleeps: 0 });
  });
}

it("each call makes its own attempts with circuitBreaker: false", async () => {
  const { first, later } = await measure(() => status(503), { circuitBreaker: false });
  expect(first.requests).toBe(4 * callCount);
  expect(later).toMatchObject({ requests: 4 * callCount, ms: 300 * callCount });
});

it("a failing API gets a bounded number of requests in an hour", async () => {
  const platform = fakePlatform(() => status(503));
  const { clock, requests } = platform;
  const flagsmith = client(platform);
  for (let second = 0; second < 3600; second++) {
    void flagsmith.getEnvironmentFlags().catch(() => undefined);
    await clock.advance(1000);
  }
  const lastMinutes = requests.filter(({ at }) => at >= 600_000);
  // Pauses are 5 to 10 s.
  expect(lastMinutes.length).toBeGreaterThanOrEqual(300);
  expect(lastMinutes.length).toBeLessThanOrEqual(600);
});

it("calls are answered again as soon as a probe succeeds", async () => {
  let isDown = true;
  const platform = fakePlatform(() => (isDown ? status(503) : json([])));
  const flagsmith = client(platform, { retries: 0 });
  for (let call = 0; call < 5; call++) await catchError(flagsmith.getEnvironmentFlags());
  await platform.clock.advance(60_000);
  isDown = false;
  await Promise.all([1, 2, 3].map(() => flagsmith.getEnvironmentFlags().catch(() => undefined)));
  await settle();
  platform.requests.length = 0;
  await Promise.all([1, 2, 3].map(() => flagsmith.getEnvironmentFlags()));
  expect(platform.requests).toHaveLength(3);
});

it("calls that hang while the process is stopped do not open the circuit", async () => {
  let isDead = true;
  const platform = fakePlatform((request) => (isDead ? hang(request) : json([])));
  const { clock } = platform;
  const flagsmith = client(platform);
  const calls = Array.from({ length: 10 }, () => catchError(flagsmith.getEnvironmentFlags()));
  await settle();
  clock.freeze(60_000);
  await clock.run(Promise.all(calls));
  isDead = false;
  expect(flagsmith.status()).toMatchObject({ state: "ready", circuit: "closed" });
  await flagsmith.getEnvironmentFlags();
});
