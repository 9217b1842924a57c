import type { Flagsmith } from "@flagsmith-isomorphic/core";
import { type ClientOptions, createClient } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractContext } from "../contract.ts";

/** Options of a client with realtime updates. */
export function realtimeOptions(
  { api }: ContractContext,
  options: ClientOptions = {},
): ClientOptions {
  return {
    enableLocalEvaluation: true,
    enableRealtimeUpdates: true,
    realtimeApiUrl: api.origin,
    ...options,
  };
}

/** Creates a client with realtime updates. */
export function createRealtimeClient(context: ContractContext, options?: ClientOptions): Flagsmith {
  return createClient(context, realtimeOptions(context, options));
}

/** Creates a client with realtime updates that has opened its stream and then checked the document. */
export async function createFollowingClient(
  context: ContractContext,
  options?: ClientOptions,
): Promise<Flagsmith> {
  const { control } = context.api;
  await control.clearRequests();
  const client = createRealtimeClient(context, options);
  await client.ready();
  await until(async () => (await control.openStreamCount()) === 1);
  await until(async () => (await listRequests(context)).documents.length === 2);
  return client;
}

/** Lists the requests for the stream and for the document. */
export async function listRequests({ api }: ContractContext) {
  const requests = await api.control.requests();
  const streams = requests.filter(({ path }) => path.includes("/sse/"));
  return { streams, documents: requests.filter((request) => !streams.includes(request)) };
}

/** Waits until a client uses this value of `max_items`. */
export function untilMaxItems(client: Flagsmith, value: number): Promise<void> {
  return until(
    async () => (await client.getEnvironmentFlags()).getFeatureValue("max_items") === value,
  );
}

/** Closes a client and waits until its stream is closed. */
export async function untilClosed({ api }: ContractContext, client: Flagsmith): Promise<void> {
  await client.close();
  await until(async () => (await api.control.openStreamCount()) === 0);
}
