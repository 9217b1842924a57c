import { expect, it } from "vitest";
import { withDiagnostics } from "../../src/diagnostics/index.ts";
import { Flagsmith } from "../../src/flagsmith.ts";
import { documentResponse } from "../fake-environment.ts";
import { apiUrl, environmentKey, fakePlatform, json, modulesFor } from "../fake-platform.ts";

/** A channel that counts what is published while `hasSubscribers` is set. */
const createChannel = () => {
  const messages: unknown[] = [];
  return { hasSubscribers: false, messages, publish: (message: unknown) => messages.push(message) };
};

it.each([true, false])(
  "without a subscriber no evaluation is observed, with local evaluation: %s",
  async (isLocal) => {
    let observations = 0;
    const flag = { feature: { id: 3, name: "banner" }, enabled: true, feature_state_value: "api" };
    const platform = fakePlatform(() => (isLocal ? documentResponse() : json([flag])), {
      // Observers measure each evaluation.
      stopwatch: () => ++observations,
    });
    const evaluation = createChannel();
    const modules = withDiagnostics(modulesFor(platform), {
      evaluation,
      load: createChannel(),
      delivery: createChannel(),
    });
    const options = { environmentKey, apiUrl, enableLocalEvaluation: isLocal };
    const flagsmith = new Flagsmith(options, platform, modules);
    const request = flagsmith.forRequest();
    const readAll = async () => {
      for (const scope of isLocal ? [flagsmith, request] : [flagsmith]) {
        (await scope.getEnvironmentFlags()).getFeatureValue("banner");
        if (isLocal) scope.currentSnapshot()?.environmentFlags().isFeatureEnabled("banner");
      }
    };
    const count = isLocal ? 4 : 1;

    await readAll();
    expect(observations).toBe(0);
    evaluation.hasSubscribers = true;
    await readAll();
    expect(evaluation.messages).toHaveLength(count);
    expect(observations).toBeGreaterThan(0);
    evaluation.hasSubscribers = false;
    observations = 0;
    await readAll();
    expect(evaluation.messages).toHaveLength(count);
    expect(observations).toBe(0);
    await flagsmith.close();
  },
);
