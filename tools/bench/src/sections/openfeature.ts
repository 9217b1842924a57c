import { Flagsmith } from "@flagsmith-isomorphic/node";
import { FlagsmithProvider } from "@flagsmith-isomorphic/openfeature";
import { type Logger, OpenFeature } from "@openfeature/server-sdk";
import { runInChild } from "../child.ts";
import { type Batch, measureCpuUs } from "../timing.ts";
import type { Plan, Section } from "./section.ts";

/** CPU time that the provider may add to a call of the client. */
const maxAddedUs = 1;

/** Measures what the OpenFeature provider, and the SDK of OpenFeature, add to a call of this SDK. */
export async function measureOpenFeature({ isQuick }: Plan): Promise<Section> {
  const results = await runInChild(import.meta.url, measureOpenFeatureCall, { isQuick });
  const addedUs = (results["provider"] ?? Number.NaN) - (results["client"] ?? Number.NaN);
  return {
    title: "OpenFeature",
    explanation: `CPU µs for one flag of an identity, with \`await\`: through the client, through the provider alone, and
through OpenFeature's published SDK. The provider adds ${addedUs.toFixed(2)} µs; at most ${maxAddedUs} is the target.`,
    columns: Object.entries(results).map(([title, us]) => ({ title, values: { ours: us } })),
  };
}

/** Runs in a child process. */
export async function measureOpenFeatureCall({
  isQuick,
}: Pick<Plan, "isQuick">): Promise<Record<string, number>> {
  const offlineHandler = { getEnvironment: () => document };
  const flagsmith = new Flagsmith({ offlineMode: true, offlineHandler });
  const provider = new FlagsmithProvider(flagsmith);
  await OpenFeature.setProviderAndWait(provider);
  const client = OpenFeature.getClient();
  const context = { targetingKey: "user-42", plan: "gold" };
  const traits = { plan: "gold" };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    client: async () =>
      (await flagsmith.getIdentityFlags("user-42", traits)).isFeatureEnabled("dark_mode"),
    provider: () => provider.resolveBooleanEvaluation("dark_mode", false, context, logger),
    "OpenFeature client": () => client.getBooleanValue("dark_mode", false, context),
  };
  const batches = new Map<string, Batch>();
  for (const [title, run] of Object.entries(calls)) {
    batches.set(title, async (count) => {
      for (let call = 0; call < count; call++) lastResult = await run();
    });
  }
  const rounds = isQuick ? 3 : 12;
  return measureCpuUs(batches, { rounds, roundMs: isQuick ? 20 : 50, minCalls: 256 });
}

/** Keeps results alive, so that no call is optimised away. */
export let lastResult: unknown;

const silent = () => undefined;
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };

const gold = { type: "ALL", conditions: [{ property_: "plan", operator: "EQUAL", value: "gold" }] };
const darkMode = { feature: { id: 1, name: "dark_mode" }, django_id: 1, feature_state_value: null };

const document = {
  id: 1,
  api_key: "client-key",
  name: "bench",
  updated_at: "2026-01-02T03:04:05Z",
  feature_states: [{ ...darkMode, enabled: false }],
  project: {
    segments: [
      {
        id: 1,
        name: "gold",
        rules: [{ type: "ALL", rules: [gold], conditions: [] }],
        feature_states: [{ ...darkMode, enabled: true }],
      },
    ],
  },
};
