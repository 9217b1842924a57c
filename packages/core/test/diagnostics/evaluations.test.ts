import { expect, it } from "vitest";
import { withDiagnostics } from "../../src/diagnostics/index.ts";
import { Flagsmith } from "../../src/flagsmith.ts";
import { documentResponse } from "../fake-environment.ts";
import {
  apiUrl,
  environmentKey,
  fakePlatform,
  json,
  modulesFor,
  recordingLogger,
} from "../fake-platform.ts";

/** A client on channels, and the number of its evaluations that were observed. */
function setUp(isLocal: boolean) {
  const messages: unknown[] = [];
  const observations = { count: 0 };
  const flag = { feature: { id: 3, name: "banner" }, enabled: true, feature_state_value: "api" };
  const platform = fakePlatform(() => (isLocal ? documentResponse() : json([flag])), {
    // Observers measure each evaluation.
    stopwatch: () => ++observations.count,
  });
  const unused = { hasSubscribers: false, publish: () => undefined };
  const evaluation = {
    hasSubscribers: false,
    publish: (message: unknown) => void messages.push(message),
  };
  const modules = withDiagnostics(modulesFor(platform), {
    evaluation,
    load: unused,
    delivery: unused,
  });
  const logger = recordingLogger();
  const options = { environmentKey, apiUrl, enableLocalEvaluation: isLocal, logger };
  return {
    flagsmith: new Flagsmith(options, platform, modules),
    evaluation,
    messages,
    observations,
    logger,
  };
}

it("local evaluations are observed only while there is a subscriber", async () => {
  const { flagsmith, evaluation, messages, observations } = setUp(true);
  const request = flagsmith.forRequest();
  const readFlags = async () => {
    for (const scope of [flagsmith, request]) {
      (await scope.getEnvironmentFlags()).getFeatureValue("banner");
      (await scope.getIdentityFlags("user-42")).getFeatureValue("banner");
      (await scope.getAnonymousFlags({})).getFeatureValue("banner");
      (await scope.getSnapshot()).environmentFlags().isFeatureEnabled("banner");
      scope.currentSnapshot()?.environmentFlags().isFeatureEnabled("banner");
    }
  };
  await readFlags();
  expect(observations.count).toBe(0);
  evaluation.hasSubscribers = true;
  await readFlags();
  expect(messages).toHaveLength(10);
  expect(observations.count).toBeGreaterThan(0);
  evaluation.hasSubscribers = false;
  observations.count = 0;
  await readFlags();
  expect(messages).toHaveLength(10);
  expect(observations.count).toBe(0);
  await flagsmith.close();
});

it("remote evaluations are observed only while there is a subscriber", async () => {
  const { flagsmith, evaluation, messages, observations, logger } = setUp(false);
  const readFlag = async () => {
    for (const scope of [flagsmith, flagsmith.forRequest()]) {
      (await scope.getEnvironmentFlags()).getFeatureValue("banner");
    }
  };
  await readFlag();
  expect(observations.count).toBe(0);
  evaluation.hasSubscribers = true;
  await readFlag();
  expect(messages).toHaveLength(2);
  evaluation.hasSubscribers = false;
  observations.count = 0;
  await readFlag();
  expect(messages).toHaveLength(2);
  expect(observations.count).toBe(0);
  expect(logger.warnings).toEqual([]);
  await flagsmith.close();
});
