import { type DeliveryReport, Flagsmith, type FlagsmithOptions } from "@flagsmith-isomorphic/edge";
import { Flagsmith as RemoteFlagsmith } from "@flagsmith-isomorphic/edge/remote";
import { environmentKey } from "./client.ts";

/** How a client evaluates: the last is remote as well, by the entry that has nothing else. */
export type IsolateMode = "local" | "remote" | "edge/remote";

/** What a request to the isolate asks for. */
export interface IsolateRequest {
  readonly apiUrl: string;
  /** Clients of other names share nothing. */
  readonly client: string;
  readonly mode: IsolateMode;
  readonly hasWaitUntil: boolean;
  /** Answer before the flags have arrived. */
  readonly leavesEarly?: boolean;
  /** Answer long after the flags have arrived. */
  readonly lingers?: boolean;
  readonly refreshSeconds?: number;
  /** Count evaluations. */
  readonly counts?: boolean;
  /** Send what was counted, which a request that leaves early does not wait for. */
  readonly flushes?: boolean;
}

/** What it gets. */
export interface IsolateAnswer {
  readonly value: unknown;
  readonly ms: number;
  /** How many requests for this client have come to their end before it; one that was cancelled never does. */
  readonly endedBefore: number;
  /** What became of all that this client has counted. */
  readonly counted: DeliveryReport["analytics"];
  readonly failure?: string;
}

/** Far longer than a case takes to cancel a request. */
const lingeringMs = 20_000;

/** Outlive their requests, as clients at module scope do. */
const clients = new Map<string, Flagsmith | RemoteFlagsmith>();
const ended = new Map<string, number>();

/** One of several requests to the same isolate, whose clients are shared. */
export async function handleIsolateRequest(
  request: Request,
  context: { waitUntil(work: Promise<unknown>): void },
): Promise<Response> {
  const asked: IsolateRequest = JSON.parse(await request.text());
  const client = clients.get(asked.client) ?? makeClient(asked);
  clients.set(asked.client, client);
  const begin = Date.now();
  const answer = (outcome: Pick<IsolateAnswer, "value" | "failure">): Response => {
    const endedBefore = ended.get(asked.client) ?? 0;
    ended.set(asked.client, endedBefore + 1);
    const ms = Date.now() - begin;
    const counted = client.deliveryReport().analytics;
    const whole: IsolateAnswer = { ...outcome, ms, endedBefore, counted };
    return new Response(JSON.stringify(whole));
  };
  const scope = client.forRequest(asked.hasWaitUntil ? context : undefined);
  const flags = scope.getIdentityFlags("alice");
  if (asked.leavesEarly && !asked.flushes) {
    flags.catch(() => undefined);
    return answer({ value: "left" });
  }
  try {
    const value = (await flags).getFeatureValue("max_items");
    const flushed = asked.flushes ? client.flush() : undefined;
    if (!asked.leavesEarly) await flushed;
    if (asked.lingers) await new Promise((resolve) => setTimeout(resolve, lingeringMs));
    return answer({ value });
  } catch (error) {
    return answer({ value: undefined, failure: String(error) });
  }
}

function makeClient({ apiUrl, mode, refreshSeconds, counts = false }: IsolateRequest) {
  const options: FlagsmithOptions = {
    environmentKey,
    apiUrl,
    enableAnalytics: counts,
    requestTimeoutSeconds: 2,
    logger: { warn: () => undefined, error: () => undefined },
  };
  if (mode === "edge/remote") return new RemoteFlagsmith(options);
  return new Flagsmith({
    ...options,
    enableLocalEvaluation: mode === "local",
    ...(mode === "local" && { environmentRefreshIntervalSeconds: refreshSeconds ?? 60 }),
  });
}
