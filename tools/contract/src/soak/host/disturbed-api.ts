import { type ApiRequest, createFlagsmithApi, type Fault } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { pick, type Random, randomOf, shuffled } from "../random.ts";
import type { SoakAddress } from "../soak-client.ts";
import { randomFault, type Target, targetOf } from "./random-faults.ts";
import { documentOf } from "./versioned-document.ts";

/** What the API has done. */
export interface ApiRecord {
  /** The versions of the document that some client was sent. */
  readonly served: ReadonlySet<number>;
  readonly newest: number;
  readonly requests: ReadonlyMap<Target, number>;
  /** By kind. */
  readonly faults: ReadonlyMap<string, number>;
  readonly streamsBroken: number;
  readonly acceptedAnalytics: number;
  /** What each event says it is. */
  readonly acceptedEvents: readonly string[];
}

/** An API whose document changes each second, and on which nobody can rely. */
export interface DisturbedApi {
  readonly address: SoakAddress;
  record(): ApiRecord;
  /** No more faults or changes: what there is now stays. */
  calm(): void;
  close(): Promise<void>;
}

/** How likely a request meets a fault, from fair weather to an outage: each for a second, in random order. */
const weathers: readonly number[] = [0, 0.05, 0.05, 0.2, 0.2, 0.5, 1];

/** Serves one, with the faults of a seed: the same ones for the same requests in the same order. */
export async function serveDisturbedApi(seed: number): Promise<DisturbedApi> {
  const faultRandoms = {
    document: randomOf(seed + 1),
    stream: randomOf(seed + 2),
    analytics: randomOf(seed + 3),
    events: randomOf(seed + 4),
  };
  const random = randomOf(seed);
  const api = createFlagsmithApi({ document: documentOf(1), realtime: true, events: true });
  const served = new Set<number>();
  const requests = new Map<Target, number>();
  const faults = new Map<string, number>();
  let newest = 1;
  let faultRate = 0;
  let forecast: number[] = [];
  let streamsBroken = 0;

  function faultFor(path: string): Fault | undefined {
    const target = targetOf(path);
    if (target === undefined) return undefined;
    add(requests, target);
    const chance = faultRandoms[target];
    return chance() < faultRate ? randomFault(chance, target) : undefined;
  }

  async function handle(request: ApiRequest) {
    const version = newest;
    const fault = faultFor(request.path);
    if (fault !== undefined) {
      add(faults, fault.kind);
      // It is taken at once, by this request.
      api.failNext(1, fault);
    }
    const isDocument = request.path.includes("/environment-document/");
    const answered = await api.handle(request);
    if (isDocument && answered.status === 200 && !isForeign(fault)) served.add(version);
    return answered;
  }

  function change(): void {
    newest += 1;
    api.setDocument(documentOf(newest));
    if (forecast.length === 0) forecast = shuffled(random, weathers);
    faultRate = forecast.pop() ?? 0;
    streamsBroken += breakStreams(api, random);
    // Kept by the API, bodies included.
    api.clearRequests();
  }

  // A connection that is used again may be reset before a request, which runtimes then send once more.
  const server = await serveFlagsmithApi({ handle }, { keepAlive: false });
  const clock = setInterval(change, 1000);
  const { url, origin } = server;
  return {
    address: { apiUrl: url, origin, environmentKey: api.environmentKey },
    record: () => ({
      served,
      newest,
      requests,
      faults,
      streamsBroken,
      acceptedAnalytics: Object.values(api.acceptedAnalytics).reduce(
        (sum, count) => sum + count,
        0,
      ),
      acceptedEvents: api.acceptedEvents.map(({ identifier }) => String(identifier)),
    }),
    calm: () => {
      clearInterval(clock);
      faultRate = 0;
    },
    close: async () => {
      clearInterval(clock);
      await server.close();
    },
  };
}

/** An answer that is not the API's own. */
function isForeign(fault: Fault | undefined): boolean {
  return fault?.kind === "html200" || fault?.kind === "wrongShape";
}

type Streams = Pick<
  ReturnType<typeof createFlagsmithApi>,
  "openStreamCount" | "endStreams" | "resetStreams" | "sendToStreams"
>;

/** What streams may say besides; the last one begins a notice that the next chunk ends. */
const noNotices = [": ping\n\n", "retry: 500\n\n", "data: nonsense\n\n", "event: x\n"] as const;

/** Now and then; how many were broken. */
function breakStreams(api: Streams, random: Random): number {
  const chance = random();
  const open = api.openStreamCount;
  if (chance < 0.03) api.endStreams();
  else if (chance < 0.06) api.resetStreams();
  else if (chance < 0.3) api.sendToStreams(pick(random, noNotices));
  return chance < 0.06 ? open : 0;
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
