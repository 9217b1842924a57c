import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
} from "@flagsmith-isomorphic/core/engine";
import type { WireDocument } from "./wire-document.ts";

/**
 * How a change moves the dates of the environment document: `updated_at` in the document, and the headers
 * `Last-Modified` and `X-Flagsmith-Document-Updated-At`. Conditional requests get 304 until `Last-Modified`
 * moves. The document itself always changes immediately.
 *
 * - `"exact"`: moves `updated_at` and the headers immediately. A real server does this only if its object
 *   cache is disabled (`ENVIRONMENT_CACHE_SECONDS=0`).
 * - `"lagging"`: moves `updated_at` immediately. The headers come from an object cache and follow up to 60
 *   seconds later. A real server does this with its default settings.
 * - `"frozen"`: moves no date and sends no change event. A real server does this when a scheduled version goes
 *   live, and the hosted service when an override is reset.
 */
export type DocumentDates = "exact" | "lagging" | "frozen";

const documentDateModes: readonly DocumentDates[] = ["exact", "lagging", "frozen"];

/** How long the real server caches the object from which it takes the dates in headers. */
const objectCacheMs = 60_000;

/** Returns the changed document. Must not change the one that it receives. */
type DocumentChange = (document: WireDocument) => WireDocument;

interface DocumentVersion {
  readonly document: WireDocument;
  readonly compiled: CompiledEnvironment;
  readonly updatedAtMicros: number;
}

/** The environment that the API serves: its current document, the one before, and scheduled changes. */
export class ServedEnvironment {
  readonly #now: () => number;
  readonly #original: WireDocument;
  #version: DocumentVersion;
  #previous: WireDocument | undefined;
  /** Earliest first. */
  #scheduledChanges: { readonly liveFrom: number; readonly change: DocumentChange }[] = [];
  #documentDates: DocumentDates = "exact";
  #cachedDate: { readonly micros: number; readonly cachedAt: number } | undefined;
  #replicaLag = 0;
  /** Since the lag was set. */
  #documentRequestCount = 0;

  /** @throws {TypeError} for an invalid document. */
  constructor(document: WireDocument, now: () => number) {
    this.#now = now;
    this.#original = structuredClone(document);
    this.#version = createVersion(this.#original);
  }

  get document(): WireDocument {
    return this.#readVersion().document;
  }

  /** Evaluates the flags of identities. */
  get compiled(): CompiledEnvironment {
    return this.#readVersion().compiled;
  }

  /** The `updated_at` of the document: seconds since the epoch with a fraction, as in change events. */
  get updatedAtText(): string {
    return formatSeconds(this.#readVersion().updatedAtMicros);
  }

  /** @throws {TypeError} for an unknown mode: the remote control accepts any JSON. */
  setDocumentDates(mode: DocumentDates): void {
    if (!documentDateModes.includes(mode)) {
      throw new TypeError(`documentDates must be one of ${documentDateModes.join(", ")}.`);
    }
    this.#documentDates = mode;
  }

  /** @throws {RangeError} for a share that is not from 0 to 1. */
  setReplicaLag(share: number): void {
    if (!(share >= 0 && share <= 1)) throw new RangeError("replicaLag must be from 0 to 1.");
    this.#replicaLag = share;
    this.#documentRequestCount = 0;
  }

  /**
   * Reads the date for response headers. `text` is in seconds since the epoch with a fraction, and `seconds`
   * is the same date in whole seconds.
   */
  readHeaderDate(): { readonly text: string; readonly seconds: number } {
    const now = this.#now();
    const { updatedAtMicros } = this.#readVersion();
    if (this.#cachedDate === undefined || now - this.#cachedDate.cachedAt >= objectCacheMs) {
      this.#cachedDate = { micros: updatedAtMicros, cachedAt: now };
    }
    const micros = this.#documentDates === "lagging" ? this.#cachedDate.micros : updatedAtMicros;
    return { text: formatSeconds(micros), seconds: Math.floor(micros / 1e6) };
  }

  /** Returns the document for one request, which the lagging replica may answer. */
  readDocument(): WireDocument {
    const { document } = this.#readVersion();
    const laggedCount = Math.floor(this.#documentRequestCount * this.#replicaLag);
    this.#documentRequestCount += 1;
    const isLagged = Math.floor(this.#documentRequestCount * this.#replicaLag) > laggedCount;
    return isLagged ? (this.#previous ?? document) : document;
  }

  /**
   * Changes the document. A moved `updated_at` always increases, even if the clock stands still or is set
   * back.
   *
   * @param movesDate - `false` keeps `updated_at`, as the mode `"frozen"` does
   */
  update(change: DocumentChange, movesDate = true): void {
    // Applies scheduled changes that are due first.
    this.#readVersion();
    this.#change(change, movesDate && this.#documentDates !== "frozen");
  }

  /** Changes the document after a delay, without moving its date. */
  schedule(delayMs: number, change: DocumentChange): void {
    if (!(delayMs >= 0)) throw new RangeError("scheduleChange: delayMs must be 0 or more.");
    this.#scheduledChanges.push({ liveFrom: this.#now() + delayMs, change });
    this.#scheduledChanges.sort((a, b) => a.liveFrom - b.liveFrom);
  }

  /** Restores the original document. The mode of dates and the lag of the replica stay. */
  reset(): void {
    this.#version = createVersion(this.#original);
    this.#previous = undefined;
    this.#scheduledChanges = [];
    this.#cachedDate = undefined;
  }

  /** Returns the current version, after it has applied the scheduled changes that are due. */
  #readVersion(): DocumentVersion {
    const now = this.#now();
    for (;;) {
      const [next] = this.#scheduledChanges;
      if (next === undefined || next.liveFrom > now) return this.#version;
      this.#scheduledChanges.shift();
      this.#change(next.change, false);
    }
  }

  #change(change: DocumentChange, movesDate: boolean): void {
    const { document, updatedAtMicros } = this.#version;
    const movedMicros = Math.max(this.#now() * 1000, updatedAtMicros + 1000);
    const updated_at = movesDate ? formatUpdatedAt(movedMicros) : document.updated_at;
    this.#version = createVersion({
      ...structuredClone(change(document)),
      ...(updated_at !== undefined && { updated_at }),
    });
    this.#previous = document;
  }
}

function createVersion(document: WireDocument): DocumentVersion {
  const { value: compiled, refused } = compileEnvironmentDocument(document);
  if (compiled === undefined) {
    throw new TypeError(`The environment document is invalid${refused && ` at ${refused}`}.`);
  }
  return { document, compiled, updatedAtMicros: parseUpdatedAt(document.updated_at) };
}

/** Parses an ISO 8601 date into microseconds since the epoch: `Date` would drop the last three digits. */
function parseUpdatedAt(iso = "1970-01-01T00:00:00Z"): number {
  const milliseconds = Date.parse(iso);
  if (Number.isNaN(milliseconds)) {
    throw new TypeError("The updated_at of the environment document is not an ISO 8601 date.");
  }
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? "";
  return Math.floor(milliseconds / 1000) * 1e6 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

function formatUpdatedAt(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(Math.floor(micros % 1e6)).padStart(6, "0")}+00:00`;
}

/** Formats microseconds as seconds with a fraction. */
function formatSeconds(micros: number): string {
  const seconds = micros / 1e6;
  return Number.isInteger(seconds) ? seconds.toFixed(1) : String(seconds);
}
