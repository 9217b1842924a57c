import { FlagsmithProvider } from "@flagsmith-isomorphic/openfeature";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { OpenFeature } from "@openfeature/server-sdk";
import { Flagsmith, memoryCache } from "flagsmith-isomorphic";
import type { Mode, Scenario, ScenarioResult } from "./scenario.ts";
import { modes } from "./scenario.ts";
import { type PrepareProvider, runStep, World } from "./steps.ts";
import { createTestEnvironment } from "./test-environment.ts";

const silent = () => undefined;
const always = Number.POSITIVE_INFINITY;

/** Runs all scenarios in each mode. */
export async function runInAllModes(
  scenarios: readonly Scenario[],
  testFlags: unknown,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const mode of modes) {
    const prepare = createPreparation(testFlags, mode);
    results.push(...(await runScenarios(scenarios, mode.name, prepare)));
  }
  return results;
}

/** Runs scenarios one after the other, because the SDK is global. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  mode: string,
  prepare: PrepareProvider,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  // The SDK logs failed initializations, which the scenarios want.
  OpenFeature.setLogger({ error: silent, warn: silent, info: silent, debug: silent });
  for (const [index, { name, steps }] of scenarios.entries()) {
    const world = new World(`${mode} ${index}`, prepare);
    try {
      for (const step of steps) await runStep(world, step);
      results.push({ mode, name });
    } catch (error) {
      results.push({ mode, name, failure: String(error) });
    }
    for (const close of world.closeTasks) await close();
  }
  return results;
}

/** Creates providers of this repository, each with a client and an API of its own. */
function createPreparation(testFlags: unknown, mode: Mode): PrepareProvider {
  return (state) => {
    const api = createFlagsmithApi({ document: createTestEnvironment(testFlags, mode) });
    const flagsmith = new Flagsmith({
      environmentKey: api.environmentKey,
      fetch: api.fetch,
      enableLocalEvaluation: mode.isLocal,
      retries: 0,
      // A provider that is not ready waits for an API that hangs.
      requestTimeoutSeconds: 0.2,
      logger: { warn: silent, error: silent },
      ...(!mode.isLocal && { cache: memoryCache({ ttlSeconds: 60 }) }),
    });
    if (state === "not ready") api.failNext(always, { kind: "hang" });
    if (state === "error") api.failNext(always, { kind: "status", status: 503 });
    if (state === "fatal") api.failNext(always, { kind: "status", status: 401 });
    return {
      provider: new FlagsmithProvider(flagsmith, { booleans: mode.booleans, anonymous: true }),
      afterInitialization: async () => {
        if (state !== "stale") return;
        api.failNext(always, { kind: "status", status: 503 });
        await flagsmith.updateEnvironment().catch(() => undefined);
      },
      close: () => flagsmith.close(),
    };
  };
}
