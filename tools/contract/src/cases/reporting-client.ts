import type { DeliveryReport, Flagsmith } from "@flagsmith-isomorphic/core";
import { type ClientOptions, createClient } from "../client.ts";
import type { ContractContext } from "../contract.ts";

/** Options of a client that sends analytics and events. */
export function reportingOptions(
  { api }: ContractContext,
  options: ClientOptions = {},
): ClientOptions {
  return { enableAnalytics: true, enableEvents: true, eventsApiUrl: api.origin, ...options };
}

/** Creates a client that sends analytics and events. */
export function createReportingClient(
  context: ContractContext,
  options?: ClientOptions,
): Flagsmith {
  return createClient(context, reportingOptions(context, options));
}

/** Creates a reporting client whose requests no runtime resends by itself. */
export function createOnceClient(context: ContractContext, options?: ClientOptions): Flagsmith {
  const { onceUrl } = context.api;
  const eventsApiUrl = new URL(onceUrl).origin;
  return createReportingClient(context, { apiUrl: onceUrl, eventsApiUrl, ...options });
}

/** Counts of a client that has nothing to report. */
export const noDelivery = { accepted: 0, pending: 0, dropped: 0, unconfirmed: 0 };

/** Creates a delivery report. Counts that are not given are 0. */
export function createDeliveryReport(
  analytics: Partial<DeliveryReport["analytics"]>,
  events: Partial<DeliveryReport["events"]> = {},
): DeliveryReport {
  return { analytics: { ...noDelivery, ...analytics }, events: { ...noDelivery, ...events } };
}

/** Evaluates five flags, two of which are default flags and are not counted. */
export async function evaluateFlags(client: Flagsmith): Promise<void> {
  const flags = await client.getEnvironmentFlags();
  flags.isFeatureEnabled("dark_mode");
  flags.getFeatureValue("max_items");
  flags.isFeatureEnabled("made_up");
  const identityFlags = await client.getIdentityFlags("user-1", { plan: "gold" });
  identityFlags.getFlag("max_items");
  identityFlags.getFlag("made_up");
}

/** Evaluations that {@link evaluateFlags} counts. */
export const evaluationCounts = { dark_mode: 1, max_items: 2 };

/** Lists the requests with analytics or events. */
export async function listReportRequests({ api }: ContractContext) {
  const requests = await api.control.requests();
  return requests.filter(({ path }) => path.includes("analytics") || path.includes("events"));
}
