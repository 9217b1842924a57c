import { expect, it } from "vitest";
import type { FlagEvaluation } from "../../src/flags/flag-evaluation.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { environmentDocument, offlineHandlerWith, storageWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  client,
  environmentKey,
  fakePlatform,
  json,
  localClient,
  recordingLogger,
  settle,
  status,
} from "../fake-platform.ts";
import { experimentFlag, reportingPlatform } from "../reporting/fake-reports.ts";

allowNoUnhandledRejection();

/** A hook that records its calls. */
function recordingHook() {
  const seen: FlagEvaluation[] = [];
  return { seen, onFlagEvaluated: (evaluation: FlagEvaluation) => void seen.push(evaluation) };
}

it("passes every detail of each read to the hook", async () => {
  const { seen, onFlagEvaluated } = recordingHook();
  const flagsJson = [experimentFlag("banner", { reason: "SPLIT" })];
  const platform = fakePlatform(({ method }) =>
    json(method === "POST" ? { flags: flagsJson, traits: [] } : [apiFlag("banner")]),
  );
  const flagsmith = client(platform, { onFlagEvaluated });
  const flags = await flagsmith.getIdentityFlags("user", { plan: "gold" });
  expect(seen).toEqual([]);
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(flags.getFeatureValue("banner")).toBe("on");
  expect(flags.getFlag("banner").variant).toBe("red");
  flags.allFlags();
  JSON.stringify(flags);
  const expected: FlagEvaluation = {
    featureName: "banner",
    featureId: flagsJson[0]?.feature.id,
    enabled: true,
    value: "on",
    reason: "SPLIT",
    variant: "red",
    identifier: "user",
    source: "remote",
    error: undefined,
    documentUpdatedAt: undefined,
    droppedTraits: [],
    durationMs: undefined,
  };
  expect(seen).toEqual([expected, expected, expected]);
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  expect(seen.at(-1)).toEqual({
    ...expected,
    featureId: apiFlag("banner").feature.id,
    reason: undefined,
    variant: null,
    identifier: undefined,
  });
});

/** A cache with the flags of every identity. */
const cache = {
  get: () => [
    { featureName: "banner", enabled: true, value: "on", isDefault: false, variant: null },
  ],
  set: () => undefined,
};
const isDown = () => status(403);
const isUp = reportingPlatform();
const down = fakePlatform(isDown);
const offlineHandler = offlineHandlerWith();
const defaultFlagHandler = () => ({ enabled: true, value: "default" });

interface Row {
  readonly source: FlagEvaluation["source"];
  readonly value: string;
  readonly make: (more: Partial<FlagsmithOptions>) => ReturnType<typeof client>;
}

it.each<[string, Row]>([
  ["the API", { source: "remote", value: "on", make: (more) => client(isUp, more) }],
  ["the cache", { source: "cache", value: "on", make: (more) => client(down, { cache, ...more }) }],
  ["the document", { source: "local", value: "api", make: (more) => localClient(isUp, more) }],
  [
    "the stored document",
    {
      source: "storage",
      value: "stored",
      make: (more) => localClient(down, { storage: storageWith(0), ...more }),
    },
  ],
  [
    "the offline handler",
    {
      source: "offline",
      value: "offline",
      make: (more) => localClient(down, { offlineHandler, ...more }),
    },
  ],
  [
    "the offline handler in offline mode",
    {
      source: "offline",
      value: "offline",
      make: (more) => localClient(down, { offlineHandler, offlineMode: true, ...more }),
    },
  ],
  [
    "the offline handler in remote mode",
    {
      source: "offline",
      value: "offline",
      make: (more) => localClient(down, { enableLocalEvaluation: false, offlineHandler, ...more }),
    },
  ],
  [
    "a default flag in remote mode",
    {
      source: "default",
      value: "default",
      make: (more) => client(down, { defaultFlagHandler, ...more }),
    },
  ],
  [
    "a default flag in local mode",
    {
      source: "default",
      value: "default",
      make: (more) => localClient(down, { defaultFlagHandler, ...more }),
    },
  ],
])("reports %s as the source", async (_name, { source, value, make }) => {
  const { seen, onFlagEvaluated } = recordingHook();
  const flagsmith = make({ onFlagEvaluated });
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  expect(seen).toEqual([expect.objectContaining({ source, value, enabled: true })]);
  await flagsmith.close();
});

it("reports a default flag as the source of an unknown feature", async () => {
  const { seen, onFlagEvaluated } = recordingHook();
  for (const flagsmith of [
    client(reportingPlatform(), { onFlagEvaluated }),
    localClient(reportingPlatform(), { onFlagEvaluated }),
  ]) {
    (await flagsmith.getEnvironmentFlags()).getFlag("unknown");
    await flagsmith.close();
  }
  const expected = { source: "default", featureName: "unknown", enabled: false, value: undefined };
  expect(seen).toEqual([expect.objectContaining(expected), expect.objectContaining(expected)]);
});

it("does not call the hook if the defaultFlagHandler throws", async () => {
  const { seen, onFlagEvaluated } = recordingHook();
  const flagsmith = client(reportingPlatform(), {
    onFlagEvaluated,
    defaultFlagHandler: () => {
      throw new Error("failed");
    },
  });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(() => flags.isFeatureEnabled("unknown")).toThrow("failed");
  expect(seen).toEqual([]);
});

it("observes snapshots and requests", async () => {
  const { seen, onFlagEvaluated } = recordingHook();
  const flagsmith = localClient(reportingPlatform(), { onFlagEvaluated });
  const scope = flagsmith.forRequest();
  const snapshot = await flagsmith.getSnapshot();
  snapshot.environmentFlags().isFeatureEnabled("banner");
  snapshot.identityFlags("vip").isFeatureEnabled("banner");
  snapshot.identityFlags(42 as unknown as string).isFeatureEnabled("banner");
  (await scope.getIdentityFlags("user", { plan: "gold" })).isFeatureEnabled("banner");
  expect(seen.map(({ identifier, value }) => [identifier, value])).toEqual([
    [undefined, "api"],
    ["vip", "for vip"],
    ["42", "api"],
    ["user", "for gold"],
  ]);
  expect(snapshot.updatedAt).toBe(environmentDocument().updated_at);
  expect(snapshot.identitySegments("user", { plan: "gold" })).toEqual([{ id: 11, name: "gold" }]);
  await flagsmith.close();
});

it("measures the request or the evaluation, and the lookup", async () => {
  const { seen, onFlagEvaluated } = recordingHook();
  let ms = 1000;
  const stopwatch = () => ms;
  const remote = fakePlatform(
    () => {
      ms += 30;
      return json([apiFlag("banner")]);
    },
    { stopwatch },
  );
  const flags = await client(remote, { onFlagEvaluated }).getEnvironmentFlags();
  ms += 5000;
  flags.isFeatureEnabled("banner");
  flags.isFeatureEnabled("banner");
  const local = localClient(reportingPlatform(undefined, { stopwatch }), { onFlagEvaluated });
  (await local.getIdentityFlags("user")).isFeatureEnabled("banner");
  (await local.getSnapshot()).environmentFlags().isFeatureEnabled("banner");
  expect(seen.map(({ durationMs }) => durationMs)).toEqual([30, 30, 0, 0]);
  await local.close();
});

it.each<[string, (evaluation: FlagEvaluation) => unknown]>([
  [
    "throws",
    ({ identifier }) => {
      throw new Error(`no row for ${identifier}, key ${environmentKey}`);
    },
  ],
  ["rejects", ({ identifier }) => Promise.reject(new Error(`no row for ${identifier}`))],
])("logs a hook that %s once, without identifier and key", async (_name, onFlagEvaluated) => {
  const logger = recordingLogger();
  for (const flagsmith of [
    client(reportingPlatform(), { onFlagEvaluated, logger }),
    localClient(reportingPlatform(), { onFlagEvaluated, logger }),
  ]) {
    logger.warnings.length = 0;
    const flags = await flagsmith.getIdentityFlags("alice@shop.example");
    for (let count = 0; count < 3; count++) expect(flags.isFeatureEnabled("banner")).toBe(true);
    await settle();
    const expected =
      /^onFlagEvaluated failed: Error: no row for \[redacted\].* at .*observed-evaluator\.test/;
    expect(logger.warnings).toEqual([expect.stringMatching(expected)]);
    expect(logger.warnings.join()).not.toContain(environmentKey);
    await flagsmith.close();
  }
});

it("counts an evaluation although the hook throws", async () => {
  const flagsmith = client(reportingPlatform(), {
    enableAnalytics: true,
    onFlagEvaluated: () => {
      throw new Error("failed");
    },
  });
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  expect(flagsmith.deliveryReport().analytics.pending).toBe(1);
  await flagsmith.close();
});

it("the hook cannot change a flag", async () => {
  const flagsmith = localClient(reportingPlatform(), {
    onFlagEvaluated: (evaluation) => Object.assign(evaluation, { enabled: false, value: "failed" }),
  });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getFlag("banner")).toMatchObject({ enabled: true, value: "api" });
  expect(flags.getFeatureValue("banner")).toBe("api");
  await flagsmith.close();
});

it("errors are the same with and without an observer", async () => {
  const { onFlagEvaluated } = recordingHook();
  for (const more of [{}, { onFlagEvaluated }]) {
    const remote = client(fakePlatform(isDown), more);
    await expect(remote.getEnvironmentFlags()).rejects.toMatchObject({ code: "API_STATUS" });
    for (const identifier of ["", Object.create(null)]) {
      await expect(remote.getIdentityFlags(identifier)).rejects.toMatchObject({
        code: "INVALID_IDENTIFIER",
      });
    }
    const local = localClient(fakePlatform(isDown), more);
    await expect(local.getEnvironmentFlags()).rejects.toMatchObject({ code: "API_STATUS" });
    await local.close();
  }
});

it("creates one snapshot per version if no observer is set", async () => {
  const flagsmith = localClient(reportingPlatform());
  expect(await flagsmith.getSnapshot()).toBe(await flagsmith.getSnapshot());
  await flagsmith.close();
});
