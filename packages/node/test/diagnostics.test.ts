import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { expect, it, onTestFinished } from "vitest";
import { Flagsmith, type FlagsmithOptions } from "../src/index.ts";

/** Subscribes to a channel for the duration of a test. */
function recordMessages(name: string): readonly unknown[] {
  const messages: unknown[] = [];
  const listener = (message: unknown) => void messages.push(message);
  subscribe(name, listener);
  onTestFinished(() => void unsubscribe(name, listener));
  return messages;
}

function setUp(options: Partial<FlagsmithOptions> = {}) {
  const api = createFlagsmithApi({ document: banner, events: true });
  const flagsmith = new Flagsmith({
    environmentKey: api.environmentKey,
    fetch: api.fetch,
    enableLocalEvaluation: true,
    retries: 0,
    logger: { warn: () => undefined, error: () => undefined },
    ...options,
  });
  onTestFinished(() => flagsmith.close());
  return { api, flagsmith };
}

const updatedAt = "2026-01-02T03:04:05+00:00";
const banner = {
  id: 1,
  api_key: "client-key",
  updated_at: updatedAt,
  feature_states: [
    { feature: { id: 3, name: "banner" }, enabled: true, feature_state_value: "blue" },
  ],
  project: { segments: [] },
};

it.each([true, false])("evaluations are published, with local evaluation: %s", async (isLocal) => {
  const messages = recordMessages("flagsmith:evaluation");
  const { flagsmith } = setUp({ enableLocalEvaluation: isLocal });
  (await flagsmith.getIdentityFlags("user-42")).isFeatureEnabled("banner");
  expect(messages).toEqual([
    expect.objectContaining({
      featureName: "banner",
      featureId: 3,
      identifier: "user-42",
      source: isLocal ? "local" : "remote",
    }),
  ]);
});

it.each([true, false])("evaluations reach a later subscriber, local: %s", async (isLocal) => {
  const { flagsmith } = setUp({ enableLocalEvaluation: isLocal });
  const read = async () => (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  await read();
  const messages: unknown[] = [];
  const listener = (message: unknown) => void messages.push(message);
  subscribe("flagsmith:evaluation", listener);
  await read();
  expect(messages).toEqual([expect.objectContaining({ featureName: "banner" })]);
  unsubscribe("flagsmith:evaluation", listener);
  await read();
  expect(messages).toHaveLength(1);
});

it("a subscriber and onFlagEvaluated both receive each evaluation once", async () => {
  const evaluations: unknown[] = [];
  const messages = recordMessages("flagsmith:evaluation");
  const { flagsmith } = setUp({ onFlagEvaluated: (each) => void evaluations.push(each) });
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  (await flagsmith.getSnapshot()).environmentFlags().isFeatureEnabled("banner");
  (await flagsmith.forRequest().getEnvironmentFlags()).isFeatureEnabled("banner");
  expect(evaluations).toHaveLength(3);
  expect(messages).toEqual(evaluations);
});

it("an evaluation is counted once while there is a subscriber", async () => {
  recordMessages("flagsmith:evaluation");
  const { api, flagsmith } = setUp({ enableAnalytics: true });
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  await flagsmith.flush();
  expect(api.acceptedAnalytics).toEqual({ banner: 1 });
});

it("loads are published with their failure", async () => {
  const messages = recordMessages("flagsmith:load");
  const { api, flagsmith } = setUp();
  await flagsmith.ready();
  api.failNext(1, { kind: "status", status: 503 });
  await flagsmith.updateEnvironment().catch(() => undefined);
  await flagsmith.updateEnvironment();
  const success = { error: undefined, consecutiveFailures: 0, documentUpdatedAt: updatedAt };
  expect(messages).toEqual([
    success,
    expect.objectContaining({
      error: expect.objectContaining({ code: "API_STATUS", status: 503 }),
      consecutiveFailures: 1,
    }),
    success,
  ]);
});

it("requests with analytics and events are published with their failure", async () => {
  const messages = recordMessages("flagsmith:delivery");
  const { api, flagsmith } = setUp({ enableEvents: true });
  flagsmith.trackEvent("checkout");
  api.failNext(1, { kind: "status", status: 503 });
  await flagsmith.flush();
  await flagsmith.flush();
  const durationMs = expect.any(Number);
  expect(messages).toEqual([
    { kind: "Events", error: expect.objectContaining({ status: 503 }), durationMs },
    { kind: "Events", error: undefined, durationMs },
  ]);
});
