import { createWebhookHandler, Flagsmith, type FlagsmithStorage } from "@flagsmith-isomorphic/edge";
import { environmentKey, longIntervalSeconds } from "./client.ts";

/** Client of a request to the isolate. Passed in the query, because webhooks have bodies of their own. */
export interface StoreRequest {
  readonly apiUrl: string;
  /** Requests with the same name share a client. Others share only the store. */
  readonly client: string;
  /** Name of the store that keeps the document. */
  readonly store: string;
  /** Location of the store: the binding of a KV namespace, the connection string of an Edge Config. */
  readonly place?: string;
}

/** Response to a request for flags. */
export interface StoreResponse {
  readonly value: unknown;
  /** Unique for each isolate. */
  readonly isolate: string;
  readonly failure?: string;
}

export const webhookSecret = "contract-webhook-secret";

/** Clients outlive their requests, as clients at module scope do. */
const clients = new Map<string, Flagsmith>();

/** Created by the first request, because Workers have no random values at module scope. */
let isolate: string | undefined;

/** Responds to `/flags` with the client's flags, and handles all other requests as webhooks. */
export async function handleStoreRequest(
  request: Request,
  context: { waitUntil(work: Promise<unknown>): void },
  createStorage: (request: StoreRequest) => FlagsmithStorage,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const storeRequest: StoreRequest = JSON.parse(searchParams.get("for") ?? "");
  const flagsmith =
    clients.get(storeRequest.client) ??
    createStoreClient(storeRequest, createStorage(storeRequest));
  clients.set(storeRequest.client, flagsmith);
  if (pathname !== "/flags") {
    return createWebhookHandler({ flagsmith, secret: webhookSecret })(request, context);
  }
  try {
    const flags = await flagsmith.forRequest(context).getEnvironmentFlags();
    return respond({ value: flags.getFeatureValue("max_items") });
  } catch (error) {
    return respond({ value: undefined, failure: String(error) });
  }
}

function createStoreClient({ apiUrl }: StoreRequest, storage: FlagsmithStorage): Flagsmith {
  return new Flagsmith({
    environmentKey,
    apiUrl,
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: longIntervalSeconds,
    storage,
    storageCheckIntervalSeconds: 0,
    retries: 0,
    logger: { warn: () => undefined, error: () => undefined },
  });
}

function respond(outcome: Omit<StoreResponse, "isolate">): Response {
  isolate ??= crypto.randomUUID();
  return Response.json({ ...outcome, isolate } satisfies StoreResponse);
}
