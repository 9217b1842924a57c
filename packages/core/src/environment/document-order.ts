import type { ApiDocument } from "./document-source.ts";
import type { Environment } from "./environment.ts";
import { isLater } from "./timestamps.ts";

/** The facts about a document from the API that decide whether it replaces another one. */
type DocumentVersion = Pick<ApiDocument, "digest" | "sentAt"> & {
  readonly environment: Pick<Environment, "id" | "key" | "updatedAt">;
};

/** For how long the API must return nothing but older documents until they are accepted. */
const minOlderMs = 300_000;
const minOlderIntervals = 3;

/** Decides which documents of the API are used, so that the environment only moves forward. */
export class DocumentOrder {
  readonly #minOlderMs: number;
  /** The last document that was used. */
  #latest: DocumentVersion | undefined;
  /** The number of older documents since then. */
  #olderCount = 0;
  /** When the first of them arrived, on the monotonic clock. */
  #olderSince = 0;

  constructor(intervalMs: number) {
    this.#minOlderMs = Math.max(minOlderMs, minOlderIntervals * intervalMs);
  }

  /** Whether the API has returned a document to this process. */
  get isConfirmed(): boolean {
    return this.#latest !== undefined;
  }

  /** Whether this is the last document of the API that was used. */
  isLatest({ digest }: Pick<DocumentVersion, "digest">): boolean {
    return this.#latest?.digest === digest;
  }

  /** Whether a document is of the same environment as those of the API, which alone determines it. */
  isSameEnvironment({ key, id }: Pick<Environment, "id" | "key">): boolean {
    const latest = this.#latest?.environment;
    return !latest || (latest.key === key && latest.id === id);
  }

  /**
   * Compares a document of the API with the last one that was used. Returns how it relates to it:
   *
   * - `late`: its request was sent before that of the other document. It is not used.
   * - `older`: Flagsmith changed it last before the other one. A read replica lags. It is not used.
   * - `newer`: anything else, also an equal text, so that documents with equal or no dates follow the order of their
   *   requests. A backup was restored if the API has returned nothing but older documents for a long time.
   */
  add(
    candidate: DocumentVersion,
    { now, acceptsOlder }: { readonly now: number; readonly acceptsOlder: boolean },
  ): "late" | "older" | "newer" {
    const order = compareVersions(this.#latest, candidate);
    if (order === "late") return order;
    if (order === "older") {
      if (this.#olderCount++ === 0) this.#olderSince = now;
      const isRestored =
        this.#olderCount > minOlderIntervals && now - this.#olderSince >= this.#minOlderMs;
      if (!acceptsOlder && !isRestored) return order;
    }
    this.#olderCount = 0;
    this.#latest = candidate;
    return "newer";
  }
}

/** Returns "newer" also if nothing is known about the order. */
function compareVersions(latest: DocumentVersion | undefined, candidate: DocumentVersion) {
  if (latest === undefined) return "newer";
  const [date, otherDate] = [candidate.environment.updatedAt, latest.environment.updatedAt];
  if (isLater(date, otherDate)) return "newer";
  if (candidate.sentAt < latest.sentAt) return "late";
  return isLater(otherDate, date) ? "older" : "newer";
}
