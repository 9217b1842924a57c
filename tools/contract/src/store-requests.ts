import {
  cacheApiStore,
  createWebhookHandler,
  Flagsmith,
  type KvNamespace,
  kvStore,
} from "@flagsmith-isomorphic/edge";
import { environmentKey } from "./client.ts";

/** The KV namespaces of the Worker, by their names. */
export type StoreBindings = Readonly<Record<string, KvNamespace>>;

/** Whom a request to the Worker is for; in its query, since webhooks have bodies of their own. */
export interface StoreRequest {
  readonly apiUrl: string;
  /** Clients of other names share nothing but the store, as those of other isolates do. */
  readonly client: string;
  /** The binding of a KV namespace; without one, the Cache API keeps the document. */
  readonly kv?: string;
}

/** What a question for flags gets. */
export interface StoreAnswer {
  readonly value: unknown;
  readonly failure?: string;
}

export const webhookSecret = "contract-webhook-secret";

/** Outlive their requests, as clients at module scope do. */
const clients = new Map<string, Flagsmith>();

/** Answers `/flags` by the client's flags; what else comes is a webhook for it. */
export async function handleStoreRequest(
  request: Request,
  bindings: StoreBindings,
  context: { waitUntil(work: Promise<unknown>): void },
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const asked: StoreRequest = JSON.parse(searchParams.get("for") ?? "");
  const flagsmith = clients.get(asked.client) ?? makeClient(asked, bindings);
  clients.set(asked.client, flagsmith);
  if (pathname !== "/flags") {
    return createWebhookHandler({ flagsmith, secret: webhookSecret })(request, context);
  }
  try {
    const flags = await flagsmith.forRequest(context).getEnvironmentFlags();
    return answer({ value: flags.getFeatureValue("max_items") });
  } catch (error) {
    return answer({ value: undefined, failure: String(error) });
  }
}

function makeClient({ apiUrl, kv }: StoreRequest, bindings: StoreBindings): Flagsmith {
  const namespace = kv === undefined ? undefined : bindings[kv];
  return new Flagsmith({
    environmentKey,
    apiUrl,
    enableLocalEvaluation: true,
    storage: namespace
      ? kvStore(namespace, { ttlSeconds: 60, cacheTtlSeconds: 30 })
      : cacheApiStore(),
    storageCheckIntervalSeconds: 0,
    retries: 0,
    logger: { warn: () => undefined, error: () => undefined },
  });
}

function answer(value: StoreAnswer): Response {
  return new Response(JSON.stringify(value));
}
