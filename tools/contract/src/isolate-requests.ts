import { Flagsmith } from "@flagsmith-isomorphic/edge";
import { environmentKey } from "./client.ts";

/** What a request to the isolate asks for. */
export interface IsolateRequest {
  readonly apiUrl: string;
  /** Clients of other names share nothing. */
  readonly client: string;
  readonly hasWaitUntil: boolean;
  /** Answer before the flags have arrived. */
  readonly leavesEarly: boolean;
  readonly refreshSeconds?: number;
  /** Count evaluations and flush them, which a request that leaves early does not wait for. */
  readonly flushes?: boolean;
}

/** What it gets. */
export interface IsolateAnswer {
  readonly value: unknown;
  readonly ms: number;
  /** How many requests for this client have come to their end before it; one that was cancelled never does. */
  readonly endedBefore: number;
  readonly failure?: string;
}

/** Outlive their requests, as clients at module scope do. */
const clients = new Map<string, Flagsmith>();
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
    return new Response(JSON.stringify({ ...outcome, ms, endedBefore } satisfies IsolateAnswer));
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
    return answer({ value });
  } catch (error) {
    return answer({ value: undefined, failure: String(error) });
  }
}

function makeClient({ apiUrl, refreshSeconds = 60, flushes = false }: IsolateRequest): Flagsmith {
  return new Flagsmith({
    environmentKey,
    apiUrl,
    enableLocalEvaluation: true,
    enableAnalytics: flushes,
    environmentRefreshIntervalSeconds: refreshSeconds,
    requestTimeoutSeconds: 2,
    logger: { warn: () => undefined, error: () => undefined },
  });
}
