import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { FlagsmithOpenFeatureProvider } from "@openfeature/flagsmith-provider";
import { Flagsmith } from "flagsmith-nodejs";
import { runScenarios } from "./run-scenarios.ts";
import { modes, type Scenario, type ScenarioResult } from "./scenario.ts";
import type { PrepareProvider } from "./steps.ts";
import { createTestEnvironment } from "./test-environment.ts";

const always = Number.POSITIVE_INFINITY;
const silent = () => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent, trace: silent };

/** Runs all scenarios with the official provider, in local evaluation. */
export async function runWithOfficialProvider(
  scenarios: readonly Scenario[],
  testFlags: unknown,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const mode of modes.filter(({ isLocal }) => isLocal)) {
    const prepare: PrepareProvider = (state) => {
      const api = createFlagsmithApi({ document: createTestEnvironment(testFlags, mode) });
      const flagsmith = new Flagsmith({
        environmentKey: api.environmentKey,
        fetch: api.fetch as typeof fetch,
        enableLocalEvaluation: true,
        retries: 0,
        logger: logger as never,
      });
      if (state === "not ready") api.failNext(always, { kind: "hang" });
      if (state === "error") api.failNext(always, { kind: "status", status: 503 });
      if (state === "fatal") api.failNext(always, { kind: "status", status: 401 });
      const useBooleanConfigValue = mode.booleans === "value";
      return {
        provider: new FlagsmithOpenFeatureProvider(flagsmith as never, { useBooleanConfigValue }),
        afterInitialization: async () => {
          if (state !== "stale") return;
          api.failNext(always, { kind: "status", status: 503 });
          await flagsmith.updateEnvironment().catch(silent);
        },
        close: async () => {
          await flagsmith.close();
        },
      };
    };
    results.push(...(await runScenarios(scenarios, mode.name, prepare)));
  }
  return results;
}
