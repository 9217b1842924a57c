import {
  type ApiRequest,
  type ApiResponse,
  createFlagsmithApi,
  type Fault,
} from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { createRandom, drawItem, shuffle } from "../../random.ts";
import type { SoakAddress } from "../soak-client.ts";
import { createDocument } from "../versioned-document.ts";
import { drawFault, findTarget } from "./random-faults.ts";
import type { SoakRun } from "./soak-run.ts";

/** Documents, requests, faults and reports of the API so far. */
export interface ApiRecord {
  /** Document versions that were sent to a client. */
  readonly served: ReadonlySet<number>;
  readonly newest: number;
  readonly requests: number;
  readonly faults: number;
  /** Number of evaluations, including those that were sent twice. */
  readonly acceptedAnalytics: number;
  /** Names of the events, including those that were sent twice. */
  readonly acceptedEvents: readonly string[];
}

/** Shares of requests with a fault, from none to an outage. Each one lasts a second, in random order. */
const faultRates: readonly number[] = [0, 0.05, 0.05, 0.2, 0.2, 0.5, 1];

/**
 * States of the API for a second, in random order. `refusing`: each load is answered with 403. `lagging`: every second
 * load gets the version before the last change.
 */
const phases = ["usual", "usual", "refusing", "usual", "lagging"] as const;

/** Share of the loads that a lagging replica answers. */
const replicaLag = 0.5;

/** Chunks that announce no change. The last one starts an event that the next chunk completes. */
const streamChunks = [": ping\n\n", "retry: 500\n\n", "data: nonsense\n\n", "event: x\n"] as const;

/** An API with random faults. The same requests in the same order meet the same faults for the same seed. */
export class FaultyApi {
  readonly #api = createFlagsmithApi({
    document: createDocument(1),
    realtime: true,
    events: true,
  });
  readonly #random;
  readonly #faultRandoms;
  readonly #served = new Set<number>();
  #newest = 1;
  #requests = 0;
  #faults = 0;
  #faultRate = 0;
  #nextRates: number[] = [];
  #phase: (typeof phases)[number] = "usual";
  #nextPhases: (typeof phases)[number][] = [];
  readonly #hasReplica: boolean;
  #hasFaults = true;
  #hasChanges = true;

  /** @param hasReplica - whether a replica may lag */
  constructor(seed: number, hasReplica: boolean) {
    this.#hasReplica = hasReplica;
    this.#random = createRandom(seed);
    this.#faultRandoms = {
      document: createRandom(seed + 1),
      stream: createRandom(seed + 2),
      analytics: createRandom(seed + 3),
      events: createRandom(seed + 4),
    };
  }

  get environmentKey(): string {
    return this.#api.environmentKey;
  }

  record(): ApiRecord {
    const counts = Object.values(this.#api.acceptedAnalytics);
    return {
      served: this.#served,
      newest: this.#newest,
      requests: this.#requests,
      faults: this.#faults,
      acceptedAnalytics: counts.reduce((sum, count) => sum + count, 0),
      acceptedEvents: this.#api.acceptedEvents.map(({ identifier }) => String(identifier)),
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const version = this.#newest;
    const fault = this.#drawFault(request.path);
    if (fault !== undefined) {
      this.#faults += 1;
      // This request takes the fault immediately.
      this.#api.failNext(1, fault);
    }
    const response = await this.#api.handle(request);
    const isDocument = request.path.includes("/environment-document/");
    const isForeign = fault?.kind === "html200" || fault?.kind === "wrongShape";
    if (isDocument && response.status === 200 && !isForeign) {
      this.#served.add(version);
      if (this.#hasReplica && version > 1) this.#served.add(version - 1);
    }
    return response;
  }

  /** Changes the document and the fault rate. Called every second. */
  change(): void {
    if (!this.#hasChanges) return;
    this.#newest += 1;
    this.#api.setDocument(createDocument(this.#newest));
    if (this.#hasFaults) {
      if (this.#nextRates.length === 0) this.#nextRates = shuffle(this.#random, faultRates);
      this.#faultRate = this.#nextRates.pop() ?? 0;
      if (this.#nextPhases.length === 0) this.#nextPhases = shuffle(this.#random, phases);
      this.#phase = this.#nextPhases.pop() ?? "usual";
      const isLagging = this.#hasReplica && this.#phase === "lagging";
      this.#api.setReplicaLag(isLagging ? replicaLag : 0);
      this.#disturbStreams();
    }
    // The API keeps the requests with their bodies.
    this.#api.clearRequests();
  }

  endFaults(): void {
    this.#hasFaults = false;
    this.#faultRate = 0;
    this.#phase = "usual";
    this.#api.setReplicaLag(0);
  }

  endChanges(): void {
    this.#hasChanges = false;
  }

  #drawFault(path: string): Fault | undefined {
    const target = findTarget(path);
    if (target === undefined) return undefined;
    this.#requests += 1;
    if (target === "document" && this.#phase === "refusing") return { kind: "status", status: 403 };
    const random = this.#faultRandoms[target];
    return random() < this.#faultRate ? drawFault(random, target) : undefined;
  }

  #disturbStreams(): void {
    const chance = this.#random();
    if (chance < 0.03) this.#api.endStreams();
    else if (chance < 0.06) this.#api.resetStreams();
    else if (chance < 0.3) this.#api.sendToStreams(drawItem(this.#random, streamChunks));
  }
}

/** Serves a faulty API during a task. Its own errors end the run. A replica may lag if `hasReplica` is set. */
export async function withFaultyApi<T>(
  run: SoakRun,
  task: (api: FaultyApi, address: SoakAddress) => Promise<T>,
  { hasReplica = false }: { readonly hasReplica?: boolean } = {},
): Promise<T> {
  const api = new FaultyApi(run.plan.seed, hasReplica);
  const handle = (request: ApiRequest) =>
    api.handle(request).catch((error: unknown) => {
      run.fail(error);
      throw error;
    });
  // Some runtimes resend a request if a reused connection is reset.
  const { url, origin, close } = await serveFlagsmithApi({ handle }, { keepAlive: false });
  const clock = setInterval(
    run.guard(() => api.change()),
    1000,
  );
  try {
    return await task(api, { apiUrl: url, origin, environmentKey: api.environmentKey });
  } finally {
    clearInterval(clock);
    await close();
  }
}
