import type {
  DeliveryCounts,
  DeliveryReport,
  Flags,
  FlagsmithOptions,
} from "@flagsmith-isomorphic/core";
import { evaluationsPerResult, readVersion, type SoakIdentity } from "./versioned-document.ts";

/** Addresses of the API, and its key. */
export interface SoakAddress {
  readonly apiUrl: string;
  /** Origin of the events API and of the realtime streams. */
  readonly origin: string;
  readonly environmentKey: string;
}

/** Creates options with intervals and timeouts so short that a client soon recovers from a fault. */
export function createSoakOptions({
  apiUrl,
  origin,
  environmentKey,
}: SoakAddress): FlagsmithOptions {
  return {
    apiUrl,
    environmentKey,
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: 0.5,
    requestTimeoutSeconds: 0.5,
    enableAnalytics: true,
    enableEvents: true,
    eventsApiUrl: origin,
    logger: { warn: () => undefined, error: () => undefined },
  };
}

/** Poll interval of the client with a stream. It would miss most changes without the stream. */
export const streamedPollSeconds = 3;

/** Summary of the results and reports of one client, or of several. */
export interface ClientSummary {
  /** Number of calls that returned flags. */
  readonly results: number;
  readonly evaluations: number;
  readonly events: number;
  /** Document versions of the results, each once. */
  readonly versions: readonly number[];
  /** Results that do not belong to exactly one version. */
  readonly mixtures: readonly string[];
  /** Calls that failed although an earlier one had succeeded. */
  readonly errors: readonly string[];
  readonly delivery: DeliveryReport;
}

/** Limit of the messages of one kind. More would explain no more. */
const maxMessages = 20;

/** Records the results of one client. */
export class ClientRecord {
  readonly #name: string;
  readonly #versions = new Set<number>();
  readonly #mixtures: string[] = [];
  readonly #errors: string[] = [];
  #results = 0;
  #events = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Number of different document versions so far. */
  get versionCount(): number {
    return this.#versions.size;
  }

  /** Records flags. Returns their document version, or `undefined` if they mix several. */
  recordFlags(flags: Flags, identity: SoakIdentity): number | undefined {
    this.#results += 1;
    const version = readVersion(flags, identity);
    if (typeof version === "string") {
      this.recordMixture(version);
      return undefined;
    }
    this.#versions.add(version);
    return version;
  }

  recordMixture(message: string): void {
    if (this.#mixtures.length < maxMessages) this.#mixtures.push(`${this.#name}: ${message}`);
  }

  /** Records a failed call. Calls may fail before the first result, because no document may be loaded yet. */
  recordError(error: unknown): void {
    if (this.#results === 0 || this.#errors.length >= maxMessages) return;
    this.#errors.push(`${this.#name}: ${error}`);
  }

  /** Counts an event and returns a unique name for it. */
  createEventName(): string {
    this.#events += 1;
    return `${this.#name} ${this.#events}`;
  }

  summarize(delivery: DeliveryReport): ClientSummary {
    return {
      results: this.#results,
      evaluations: this.#results * evaluationsPerResult,
      events: this.#events,
      versions: [...this.#versions],
      mixtures: this.#mixtures,
      errors: this.#errors,
      delivery,
    };
  }
}

/** Merges the summaries of two clients. */
export function mergeSummaries(one: ClientSummary, other: ClientSummary): ClientSummary {
  return {
    results: one.results + other.results,
    evaluations: one.evaluations + other.evaluations,
    events: one.events + other.events,
    versions: [...new Set([...one.versions, ...other.versions])],
    mixtures: [...one.mixtures, ...other.mixtures].slice(0, maxMessages),
    errors: [...one.errors, ...other.errors].slice(0, maxMessages),
    delivery: {
      analytics: addCounts(one.delivery.analytics, other.delivery.analytics),
      events: addCounts(one.delivery.events, other.delivery.events),
    },
  };
}

function addCounts(one: DeliveryCounts, other: DeliveryCounts): DeliveryCounts {
  return {
    accepted: one.accepted + other.accepted,
    pending: one.pending + other.pending,
    dropped: one.dropped + other.dropped,
    unconfirmed: one.unconfirmed + other.unconfirmed,
  };
}
