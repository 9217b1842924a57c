import { expect } from "chai";
import { type ClientOptions, forgetClient, withClient } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { expectNoLeak, type ResourceProbe } from "../resource-probe.ts";
import { createDocumentFetch, createSmallDocument } from "./leak-fixtures.ts";
import { reportingOptions } from "./reporting-client.ts";

/**
 * Node.js keeps a list of unreference timers for each duration in milliseconds until that time has passed.
 * A short interval limits the number of durations in spite of the jitter.
 */
const shortInterval = { enableLocalEvaluation: true, environmentRefreshIntervalSeconds: 0.5 };

/** Creates a client with all background work, uses it, and closes it. */
function useBriefly(context: ContractContext, options: ClientOptions): Promise<void> {
  const all = reportingOptions(context, { ...shortInterval, ...options });
  return withClient(context, all, async (client) => {
    (await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
    client.trackEvent("checkout");
  });
}

/** Clients with connections to the served API. */
const connected = { warmUps: 150, times: 250 };

/** Clients that are never closed. What is left of each weighs little. */
const forgotten = { warmUps: 3000, times: 20_000 };

/** Runtimes keep some idle connections for later requests. A leak adds one for each client. */
const maxConnections = 8;

/** Clients that are created, used and closed: `clientCount` without connections, fewer with connections. */
export function clientLeakCases(
  probe: ResourceProbe,
  clientCount: number,
): readonly ContractCase[] {
  return [
    {
      name: `leaks: ${clientCount.toLocaleString("en")} closed clients leave no memory, timer or listener`,
      async run(context) {
        const document = await createSmallDocument(context);
        const fetch = createDocumentFetch(() => document);
        await expectNoLeak(probe, {
          // Enough for most durations of the timers, and for most compiled code.
          warmUps: clientCount,
          times: clientCount,
          once: () => useBriefly(context, { fetch }),
        });
      },
    },
    {
      name: `leaks: ${forgotten.times.toLocaleString("en")} forgotten clients with different keys leave no memory`,
      async run(context) {
        await expectNoLeak(probe, {
          ...forgotten,
          once: (count) =>
            forgetClient(context, {
              environmentKey: `forgotten-environment-key-${count}`,
              fetch: async () => Response.json([]),
            }),
        });
      },
    },
    {
      name: `leaks: ${connected.times} closed clients leave no connection`,
      async run(context) {
        const { api } = context;
        await api.control.setDocument(await createSmallDocument(context));
        await expectNoLeak(probe, {
          ...connected,
          once: async (count) => {
            const apiUrl = count % 2 === 0 ? api.url : api.onceUrl;
            const eventsApiUrl = new URL(apiUrl).origin;
            await useBriefly(context, { apiUrl, eventsApiUrl });
          },
          settle: () => until(async () => (await api.openConnections()) <= maxConnections),
        });
        const events = await api.control.acceptedEvents();
        expect(events).to.have.lengthOf(connected.warmUps + connected.times);
      },
    },
  ];
}
