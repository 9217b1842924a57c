import { expect, test, vi } from "vitest";
import { compareWithRemote } from "../../src/comparison/index.ts";
import { environmentDocument, override } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  FakeClock,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
  recordingLogger,
  settle,
} from "../fake-platform.ts";
import { comparingClient, respondWith } from "./fake-comparison.ts";

allowNoUnhandledRejection();
fixedRandom();

const truth = environmentDocument();
const [state] = truth.feature_states;
const variants = [
  {
    id: 1,
    percentage_allocation: 50,
    multivariate_feature_option: { value: "a", key: "A" },
  },
];
const split = environmentDocument("api", {
  feature_states: [{ ...state, multivariate_feature_state_values: variants }],
});

test("equal results are not reported", async () => {
  const { flagsmith, platform, compared, differences } = comparingClient(
    respondWith(truth, () => truth),
  );
  await flagsmith.getIdentityFlags("user", { plan: "gold" });
  await platform.clock.advance(1000);
  await flagsmith.getIdentityFlags("vip");
  await platform.clock.advance(1000);
  await flagsmith.getEnvironmentFlags();
  await platform.clock.advance(1000);
  await flagsmith.getAnonymousFlags({ plan: "gold" });
  await platform.clock.advance(1000);
  (await flagsmith.getSnapshot()).identityFlags("user", { plan: "gold" });
  await platform.clock.advance(1000);
  flagsmith.currentSnapshot()?.environmentFlags();
  await platform.clock.advance(1000);
  expect(compared.counts()).toEqual({
    skipped: 0,
    compared: 6,
    failed: 0,
    unconfirmed: 0,
    reported: 0,
  });
  expect(differences).toEqual([]);
  await flagsmith.close();
});

test("an override that the local document lacks is reported after the next refresh", async () => {
  const broken = { ...truth, identity_overrides: [] };
  const { flagsmith, platform, compared, differences, comparisons } = comparingClient(
    respondWith(truth, () => broken),
  );
  await flagsmith.getIdentityFlags("vip");
  await platform.clock.advance(89_000);
  expect(compared.counts().unconfirmed).toBe(1);
  await flagsmith.getIdentityFlags("someone else");
  await platform.clock.advance(1000);
  expect(differences).toEqual([]);
  await flagsmith.getIdentityFlags("someone else");
  await platform.clock.advance(1000);
  expect(differences).toMatchObject([
    {
      featureName: "banner",
      identifier: "vip",
      local: { enabled: true, value: "api", variant: null, reason: "DEFAULT" },
      remote: {
        enabled: true,
        value: "for vip",
        variant: null,
        reason: "TARGETING_MATCH; segment=identity_overrides",
      },
      explanation: { winner: { kind: "environment" }, identity: { identifier: "vip" } },
    },
  ]);
  expect(compared.counts()).toMatchObject({ compared: 3, reported: 1 });
  for (const { body } of comparisons()) expect(JSON.parse(body ?? "").transient).toBe(true);
  await flagsmith.close();
});

test("a wrong split is found", async () => {
  const wrong = {
    ...split,
    feature_states: split.feature_states.map((one) => ({ ...one, django_id: 61 })),
  };
  const { flagsmith, platform, differences } = comparingClient(respondWith(split, () => wrong));
  for (let user = 0; user < 100; user++) {
    await flagsmith.getIdentityFlags(`user-${user}`);
    await platform.clock.advance(2000);
  }
  expect(differences).toHaveLength(1);
  const [{ local, remote, explanation } = {}] = differences;
  expect([local?.value, remote?.value].sort()).toEqual(["a", "api"]);
  expect(explanation?.considered.at(-1)?.split?.percentage).toBeGreaterThan(0);
  await flagsmith.close();
});

test("a document that is never refreshed is found", async () => {
  const frozen = environmentDocument("old");
  const { flagsmith, platform, differences } = comparingClient(respondWith(truth, () => frozen));
  await flagsmith.getEnvironmentFlags();
  await platform.clock.advance(90_000);
  await flagsmith.getEnvironmentFlags();
  await platform.clock.advance(1000);
  expect(differences).toMatchObject([
    {
      featureName: "banner",
      identifier: undefined,
      local: { value: "old" },
      remote: { value: "api" },
    },
  ]);
  await flagsmith.close();
});

test("a document that is older than the API's until its refresh is not reported", async () => {
  let served = environmentDocument("old");
  const { flagsmith, platform, compared, differences } = comparingClient(
    respondWith(truth, () => served),
  );
  await flagsmith.getEnvironmentFlags();
  served = truth;
  await platform.clock.advance(90_000);
  await flagsmith.getEnvironmentFlags();
  await platform.clock.advance(1000);
  expect(compared.counts()).toMatchObject({ compared: 2, unconfirmed: 1, reported: 0 });
  expect(differences).toEqual([]);
  await flagsmith.close();
});

test("traits that the API has stored are no difference", async () => {
  const stored = [{ trait_key: "plan", trait_value: "gold" }];
  const respond = respondWith(truth, () => truth);
  const { flagsmith, platform, compared } = comparingClient((request, count) => {
    if (request.body === undefined) return respond(request, count);
    const { identifier } = JSON.parse(request.body);
    return respond({ ...request, body: JSON.stringify({ identifier, traits: stored }) }, count);
  });
  await flagsmith.getIdentityFlags("user");
  await platform.clock.advance(1000);
  expect(compared.counts()).toMatchObject({ compared: 1, unconfirmed: 0 });
  await flagsmith.close();
});

test("calls do not wait, and comparisons are limited to one in flight and 60 a minute", async () => {
  const respond = respondWith(truth, () => truth);
  const { flagsmith, platform, compared, comparisons } = comparingClient((request, count) =>
    request.url.includes("document") ? respond(request, count) : new Promise(() => {}),
  );
  for (let call = 0; call < 50; call++) await flagsmith.getIdentityFlags(`user-${call}`);
  for (const ms of [5000, 4999]) {
    await platform.clock.advance(ms);
    await flagsmith.getIdentityFlags("user");
  }
  expect(comparisons()).toHaveLength(1);
  expect(compared.counts().skipped).toBe(51);
  await platform.clock.advance(5000);
  expect(compared.counts().failed).toBe(1);
  await flagsmith.close();

  const quick = comparingClient(respond);
  for (let call = 0; call < 600; call++) {
    await quick.flagsmith.getIdentityFlags(`user-${call}`);
    await quick.platform.clock.advance(100);
  }
  expect(quick.comparisons()).toHaveLength(60);
  await quick.flagsmith.close();
});

test("close() aborts the comparison in flight, and starts no other", async () => {
  const respond = respondWith(truth, () => truth);
  const logger = recordingLogger();
  const { flagsmith, platform, compared, comparisons } = comparingClient(
    (request, count) =>
      request.url.includes("document") ? respond(request, count) : new Promise(() => {}),
    { options: { logger } },
  );
  await flagsmith.getIdentityFlags("user");
  await settle();
  await flagsmith.close();
  expect(comparisons()[0]?.signal?.aborted).toBe(true);
  await platform.clock.advance(20_000);
  await flagsmith.getIdentityFlags("user");
  await settle();
  expect(comparisons()).toHaveLength(1);
  expect(compared.counts()).toMatchObject({ skipped: 0, compared: 0, reported: 0 });
  expect(logger.lines.filter((line) => line.includes("comparison"))).toEqual([]);
});

test("close() does not abort the comparison of another request in an isolate", async () => {
  const respond = respondWith(truth, () => truth);
  let answer = () => {};
  const { flagsmith, compared, comparisons } = comparingClient(
    (request, count) =>
      request.url.includes("document")
        ? respond(request, count)
        : new Promise((resolve) => {
            answer = () => resolve(respond(request, count));
          }),
    { platform: { timers: new FakeClock().isolateTimers, sharesPromises: false } },
  );
  await flagsmith.forRequest({ waitUntil: () => undefined }).getIdentityFlags("user");
  await settle();
  await flagsmith.close();
  expect(comparisons()[0]?.signal?.aborted).toBe(false);
  answer();
  await settle();
  expect(compared.counts()).toMatchObject({ compared: 0, reported: 0 });
});

test("only the sample is compared, and a failing API changes nothing for callers", async () => {
  const respond = respondWith(truth, () => truth);
  const logger = recordingLogger();
  const { flagsmith, platform, compared, comparisons } = comparingClient(
    (request, count) =>
      request.url.includes("document") ? respond(request, count) : json({}, { status: 500 }),
    { comparison: { sampleRate: 0.3 }, options: { logger } },
  );
  for (let call = 0; call < 100; call++) {
    await flagsmith.getIdentityFlags("user");
    await platform.clock.advance(1000);
  }
  const { length } = comparisons();
  expect(Math.abs(length - 30)).toBeLessThanOrEqual(1);
  expect(compared.counts()).toMatchObject({ failed: length, compared: 0 });
  expect(logger.lines.filter((line) => /^debug .*comparison.*500/.test(line))).toHaveLength(length);
  expect(logger.warnings).toEqual([]);
  expect(flagsmith.status()).toMatchObject({ state: "ready", problem: undefined });
  await flagsmith.close();
});

test("a compared call draws no random number, which would end a prerender of Next.js", async () => {
  const { flagsmith, compared } = comparingClient(respondWith(truth, () => truth));
  await flagsmith.ready();
  vi.mocked(Math.random).mockClear();
  await flagsmith.getIdentityFlags("user");
  await settle();
  expect(compared.counts().compared).toBe(1);
  expect(Math.random).not.toHaveBeenCalled();
  await flagsmith.close();
});

test("an isolate compares only within a waitUntil", async () => {
  const { flagsmith, compared } = comparingClient(
    respondWith(truth, () => truth),
    { platform: { timers: new FakeClock().isolateTimers } },
  );
  await flagsmith.getIdentityFlags("user");
  expect(compared.counts()).toMatchObject({ skipped: 1, compared: 0 });
  const background: Promise<unknown>[] = [];
  const request = flagsmith.forRequest({ waitUntil: (work) => void background.push(work) });
  await request.getIdentityFlags("user");
  expect(background.length).toBeGreaterThan(0);
  await Promise.all(background);
  expect(compared.counts()).toMatchObject({ skipped: 1, compared: 1 });
});

test("a callback that throws is logged without the identifier", async () => {
  const messages: string[] = [];
  const logger = { warn: (text: string) => void messages.push(text), error: () => {} };
  const { flagsmith, platform } = comparingClient(
    respondWith({ ...truth, identity_overrides: [override("ann@example.com")] }, () => truth),
    {
      comparison: {
        onDifference: ({ identifier }) => {
          throw new Error(`cannot report ${identifier}`);
        },
      },
      options: { logger },
    },
  );
  await flagsmith.getIdentityFlags("ann@example.com");
  await platform.clock.advance(90_000);
  await flagsmith.getIdentityFlags("ann@example.com");
  await platform.clock.advance(1000);
  expect(messages.join()).toContain("onDifference failed: Error: cannot report");
  expect(messages.join()).not.toContain("ann@example.com");
  await flagsmith.close();
});

test("offline mode and remote mode compare nothing", async () => {
  const compared = compareWithRemote({ sampleRate: 1, onDifference: () => {} });
  const handler = { getEnvironment: () => truth };
  const platform = fakePlatform(() => json([]));
  const offline = localClient(platform, {
    offlineMode: true,
    offlineHandler: handler,
    compareWithRemote: compared,
  });
  await offline.getIdentityFlags("user");
  expect(platform.requests).toEqual([]);
  const remote = localClient(platform, {
    enableLocalEvaluation: false,
    compareWithRemote: compared,
  });
  await remote.getEnvironmentFlags();
  expect(platform.requests).toHaveLength(1);
  expect(compared.counts().compared).toBe(0);
});

test("an anonymous identity is compared with its traits, and not without", async () => {
  const wrong = { ...truth, project: { ...truth.project, segments: [] } };
  const { flagsmith, platform, differences, comparisons } = comparingClient(
    respondWith(truth, () => wrong),
  );
  await flagsmith.getAnonymousFlags();
  await settle();
  expect(comparisons()).toEqual([]);
  await flagsmith.getAnonymousFlags({ plan: "gold" });
  await platform.clock.advance(90_000);
  await flagsmith.getAnonymousFlags({ plan: "gold" });
  await platform.clock.advance(1000);
  expect(differences.map(({ featureName, identifier }) => [featureName, identifier])).toEqual([
    ["banner", ""],
  ]);
  await flagsmith.close();
});

test("a call of a snapshot is compared with its identity", async () => {
  const { flagsmith, comparisons } = comparingClient(respondWith(truth, () => truth));
  const snapshot = await flagsmith.getSnapshot();
  snapshot.identityFlags("vip", { plan: "gold" });
  await settle();
  expect(comparisons().map(({ body }) => JSON.parse(body ?? ""))).toEqual([
    {
      identifier: "vip",
      traits: [{ trait_key: "plan", trait_value: "gold" }],
      transient: true,
    },
  ]);
  expect(snapshot.identitySegments("vip", { plan: "gold" })).toMatchObject([{ name: "gold" }]);
  await flagsmith.close();
});

test("default flags and the document of the offline handler are not compared", async () => {
  for (const options of [
    { onFailure: "empty" },
    { offlineHandler: { getEnvironment: () => truth } },
  ] as const) {
    const { flagsmith, compared, comparisons } = comparingClient(
      ({ url }) => (url.includes("document") ? json({}, { status: 500 }) : json([])),
      { options: { ...options, retries: 0 } },
    );
    await flagsmith.getEnvironmentFlags();
    await settle();
    expect(comparisons()).toEqual([]);
    expect(compared.counts()).toMatchObject({ skipped: 0, compared: 0, failed: 0 });
    await flagsmith.close();
  }
});

test("a difference that was not there before must be confirmed as well", async () => {
  const broken = { ...truth, identity_overrides: [] };
  let remote = truth;
  const respond = (...call: Parameters<ReturnType<typeof respondWith>>) =>
    respondWith(remote, () => broken)(...call);
  const { flagsmith, platform, compared, differences } = comparingClient(respond);
  await flagsmith.getIdentityFlags("vip");
  remote = environmentDocument("api", {
    feature_states: [
      ...truth.feature_states,
      { ...state, feature: { id: 99, name: "late" }, django_id: 99, enabled: true } as never,
    ],
    identity_overrides: [],
  });
  await platform.clock.advance(90_000);
  await flagsmith.getIdentityFlags("vip");
  await platform.clock.advance(1000);
  expect(compared.counts()).toMatchObject({ compared: 2, unconfirmed: 1, reported: 0 });
  expect(differences).toEqual([]);
  await flagsmith.close();
});
