import { createWebhookHandler, Flagsmith, type FlagsmithStorage } from "@flagsmith-isomorphic/edge";
import { environmentKey } from "./client.ts";

/** Whom a request to the isolate is for; in its query, since webhooks have bodies of their own. */
export interface StoreRequest {
  readonly apiUrl: string;
  /** Clients of other names share nothing but the store. */
  readonly client: string;
  /** What keeps the document, by a name that the runtime knows. */
  readonly store: string;
  /** Where that keeps it: the binding of a KV namespace, the connection string of an Edge Config. */
  readonly place?: string;
}

/** What a question for flags gets. */
export interface StoreAnswer {
  readonly value: unknown;
  /** Another in every isolate. */
  readonly isolate: string;
  readonly failure?: string;
}

export const webhookSecret = "contract-webhook-secret";

/** Outlive their requests, as clients at module scope do. */
const clients = new Map<string, Flagsmith>();

/** Drawn by the first request: at module scope Workers have nothing random. */
let isolate: string | undefined;

/** Answers `/flags` by the client's flags; what else comes is a webhook for it. */
export async function handleStoreRequest(
  request: Request,
  context: { waitUntil(work: Promise<unknown>): void },
  makeStorage: (asked: StoreRequest) => FlagsmithStorage,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const asked: StoreRequest = JSON.parse(searchParams.get("for") ?? "");
  const flagsmith = clients.get(asked.client) ?? makeClient(asked, makeStorage(asked));
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

function makeClient({ apiUrl }: StoreRequest, storage: FlagsmithStorage): Flagsmith {
  return new Flagsmith({
    environmentKey,
    apiUrl,
    enableLocalEvaluation: true,
    storage,
    storageCheckIntervalSeconds: 0,
    retries: 0,
    logger: { warn: () => undefined, error: () => undefined },
  });
}

function answer(outcome: Omit<StoreAnswer, "isolate">): Response {
  isolate ??= crypto.randomUUID();
  const whole: StoreAnswer = { ...outcome, isolate };
  return new Response(JSON.stringify(whole));
}
