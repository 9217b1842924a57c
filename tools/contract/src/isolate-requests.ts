import { type DeliveryReport, Flagsmith, type FlagsmithOptions } from "@flagsmith-isomorphic/edge";
import { Flagsmith as RemoteFlagsmith } from "@flagsmith-isomorphic/edge/remote";
import { environmentKey, longIntervalSeconds } from "./client.ts";

/** Evaluation mode of a client; `edge/remote` is remote mode from the entry that contains only this mode. */
export type IsolateMode = "local" | "remote" | "edge/remote";

/** Body of a request to the isolate. */
export interface IsolateRequest {
  readonly apiUrl: string;
  /** Requests with the same name share a client. Others share nothing. */
  readonly client: string;
  readonly mode: IsolateMode;
  readonly hasWaitUntil: boolean;
  /** Respond before the flags have arrived. */
  readonly leavesEarly?: boolean;
  /** Respond long after the flags have arrived. */
  readonly lingers?: boolean;
  /** Only respond with the state of the client. Does not evaluate flags, and does not count as ended. */
  readonly inspects?: boolean;
  /** @defaultValue an hour: far longer than a case takes. */
  readonly refreshSeconds?: number;
  /** Enable analytics. */
  readonly counts?: boolean;
  /** Call `flush()`. A request that leaves early does not wait for it. */
  readonly flushes?: boolean;
  /** @defaultValue 30: longer than any case expects a response to take. */
  readonly requestTimeoutSeconds?: number;
}

/** Body of the response. */
export interface IsolateResponse {
  readonly value: unknown;
  readonly ms: number;
  /** Number of earlier requests for this client that have ended. A cancelled request never ends. */
  readonly endedBefore: number;
  /** Delivery of the client's analytics. */
  readonly counted: DeliveryReport["analytics"];
  readonly failure?: string;
}

/** Far longer than a case takes to cancel a request. */
const lingeringMs = 120_000;

/** Clients outlive their requests, as clients at module scope do. */
const clients = new Map<string, Flagsmith | RemoteFlagsmith>();
const ended = new Map<string, number>();

/** Responds to one of several requests to the same isolate, which share clients. */
export async function handleIsolateRequest(
  request: Request,
  context: { waitUntil(work: Promise<unknown>): void },
): Promise<Response> {
  const body: IsolateRequest = JSON.parse(await request.text());
  const client = clients.get(body.client) ?? createIsolateClient(body);
  clients.set(body.client, client);
  const begin = Date.now();
  const respond = (outcome: Pick<IsolateResponse, "value" | "failure">): Response => {
    const endedBefore = ended.get(body.client) ?? 0;
    if (!body.inspects) ended.set(body.client, endedBefore + 1);
    const ms = Date.now() - begin;
    const counted = client.deliveryReport().analytics;
    return Response.json({ ...outcome, ms, endedBefore, counted } satisfies IsolateResponse);
  };
  if (body.inspects) return respond({ value: undefined });
  const scope = client.forRequest(body.hasWaitUntil ? context : undefined);
  const flags = scope.getIdentityFlags("alice");
  if (body.leavesEarly && !body.flushes) {
    flags.catch(() => undefined);
    return respond({ value: "left" });
  }
  try {
    const value = (await flags).getFeatureValue("max_items");
    const flushed = body.flushes ? client.flush() : undefined;
    if (!body.leavesEarly) await flushed;
    if (body.lingers) await new Promise((resolve) => setTimeout(resolve, lingeringMs));
    return respond({ value });
  } catch (error) {
    return respond({ value: undefined, failure: String(error) });
  }
}

function createIsolateClient({
  apiUrl,
  mode,
  refreshSeconds = longIntervalSeconds,
  counts = false,
  requestTimeoutSeconds = 30,
}: IsolateRequest) {
  const options: FlagsmithOptions = {
    environmentKey,
    apiUrl,
    enableAnalytics: counts,
    requestTimeoutSeconds,
    logger: { warn: () => undefined, error: () => undefined },
  };
  if (mode === "edge/remote") return new RemoteFlagsmith(options);
  return new Flagsmith({
    ...options,
    enableLocalEvaluation: mode === "local",
    ...(mode === "local" && { environmentRefreshIntervalSeconds: refreshSeconds }),
  });
}
