import type { FlagsmithOptions } from "@flagsmith-isomorphic/core";
import type { WireDocument } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { type ClientOptions, withClient } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { expectNoLeak, type ResourceProbe } from "../resource-probe.ts";
import { reportingOptions } from "./reports.ts";

/**
 * Node.js keeps a list for each duration, to the millisecond, of timers that do not keep it alive, until that
 * time has passed. Of a refresh that is due soon there are few durations, for all that they are jittered.
 */
const soonRefreshed = { enableLocalEvaluation: true, environmentRefreshIntervalSeconds: 0.5 };

/** A fetch without connections: ten thousand would be the system's to fail. It takes what it is told. */
export function answering(document: () => unknown): NonNullable<FlagsmithOptions["fetch"]> {
  return async (_url, { method }) =>
    method === "GET" ? Response.json(document()) : new Response(null, { status: 200 });
}

/** With little in it: what is looked for is what clients leave. */
export async function smallDocument({ api }: ContractContext): Promise<WireDocument> {
  const document = await api.control.document();
  return {
    ...document,
    identity_overrides: [],
    feature_states: document.feature_states.slice(0, 5),
    project: { ...document.project, segments: [] },
  };
}

/** Creates a client with all background work, uses it, and closes it. */
function useBriefly(context: ContractContext, options: ClientOptions): Promise<void> {
  return withClient(
    context,
    reportingOptions(context, { ...soonRefreshed, ...options }),
    async (client) => {
      (await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
      client.trackEvent("checkout");
    },
  );
}

const served = { warmUps: 250, times: 400 };

/** More than a runtime keeps for its next requests, which are two at once; far less than one for each client. */
const maxConnections = 8;

/** Clients that come and go: `cycles` of them without a network, fewer with one. */
export function cycleCases(probe: ResourceProbe, cycles: number): readonly ContractCase[] {
  return [
    {
      name: `${cycles.toLocaleString("en")} clients that come and go leave no memory, timer or listener behind`,
      async run(context) {
        const document = await smallDocument(context);
        const fetch = answering(() => document);
        await expectNoLeak(probe, {
          // Enough to have met most of the durations of its timers.
          warmUps: cycles / 5,
          times: cycles,
          once: () => useBriefly(context, { fetch }),
        });
      },
    },
    {
      name: `${served.times} clients of a served API that come and go leave no connection behind either`,
      async run(context) {
        const { api } = context;
        await api.control.setDocument(await smallDocument(context));
        await expectNoLeak(probe, {
          ...served,
          once: async (count) => {
            const apiUrl = count % 2 === 0 ? api.url : api.onceUrl;
            const eventsApiUrl = new URL(apiUrl).origin;
            await useBriefly(context, { apiUrl, eventsApiUrl });
          },
          settle: () => until(async () => (await api.openConnections()) <= maxConnections),
        });
        const events = await api.control.acceptedEvents();
        expect(events).to.have.lengthOf(served.warmUps + served.times);
      },
    },
  ];
}
