import type { Draft, EnvironmentDocument } from "./environment-document.ts";

/** The environment the API serves: the current document and the instant of its last change. */
export class Environment {
  readonly #now: () => number;
  readonly #original: EnvironmentDocument;
  #document: EnvironmentDocument;
  #updatedAtMicros: number;

  constructor(document: EnvironmentDocument, now: () => number) {
    requireDocument(document);
    this.#now = now;
    this.#original = structuredClone(document);
    this.#document = this.#original;
    this.#updatedAtMicros = microsOf(document.updated_at);
  }

  get document(): EnvironmentDocument {
    return this.#document;
  }

  /** Epoch seconds with fraction, as in `X-Flagsmith-Document-Updated-At`. */
  get updatedAtText(): string {
    const seconds = this.#updatedAtMicros / 1e6;
    return Number.isInteger(seconds) ? seconds.toFixed(1) : String(seconds);
  }

  /** Whole seconds since the epoch: HTTP dates know no fraction. */
  get updatedAtSeconds(): number {
    return Math.floor(this.#updatedAtMicros / 1e6);
  }

  /** Every change moves `updated_at`, also when the clock stands still or was set back. */
  set(document: EnvironmentDocument): void {
    requireDocument(document);
    this.#updatedAtMicros = Math.max(this.#now() * 1000, this.#updatedAtMicros + 1000);
    this.#document = { ...structuredClone(document), updated_at: isoText(this.#updatedAtMicros) };
  }

  update(mutate: (draft: Draft<EnvironmentDocument>) => void): void {
    const draft = structuredClone(this.#document) as Draft<EnvironmentDocument>;
    mutate(draft);
    this.set(draft);
  }

  reset(): void {
    this.#document = this.#original;
    this.#updatedAtMicros = microsOf(this.#original.updated_at);
  }
}

/** Documents also arrive from outside, by the remote control. */
function requireDocument(document: EnvironmentDocument): void {
  const { api_key, feature_states, project } = document;
  if (typeof api_key !== "string" || !Array.isArray(feature_states) || project === undefined) {
    throw new TypeError("An environment document has api_key, feature_states and project.");
  }
}

/** `Date` stops at milliseconds; the server's instants have microseconds, and clients see them. */
function microsOf(iso: string | undefined): number {
  const milliseconds = iso === undefined ? 0 : Date.parse(iso);
  if (Number.isNaN(milliseconds)) {
    throw new TypeError("The document's updated_at is not an ISO 8601 date.");
  }
  const fraction = /\.(\d+)/.exec(iso ?? "")?.[1] ?? "";
  return Math.floor(milliseconds / 1000) * 1e6 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

function isoText(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(Math.floor(micros % 1e6)).padStart(6, "0")}+00:00`;
}
