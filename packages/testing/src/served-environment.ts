import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
} from "@flagsmith-isomorphic/core/engine";
import type { Draft, WireDocument } from "./wire-document.ts";

/** The environment that the API serves: its current document, and the time of its last change. */
export class ServedEnvironment {
  readonly #now: () => number;
  readonly #original: WireDocument;
  #document: WireDocument;
  #compiled: CompiledEnvironment;
  #updatedAtMicros: number;

  /** @throws {TypeError} for an invalid document. */
  constructor(document: WireDocument, now: () => number) {
    this.#compiled = compileDocument(document);
    this.#now = now;
    this.#original = structuredClone(document);
    this.#document = this.#original;
    this.#updatedAtMicros = parseUpdatedAt(document.updated_at);
  }

  get document(): WireDocument {
    return this.#document;
  }

  /** Evaluates the flags of identities. */
  get compiled(): CompiledEnvironment {
    return this.#compiled;
  }

  /** Seconds since the epoch with a fraction, as in `X-Flagsmith-Document-Updated-At`. */
  get updatedAtText(): string {
    const seconds = this.#updatedAtMicros / 1e6;
    return Number.isInteger(seconds) ? seconds.toFixed(1) : String(seconds);
  }

  /** Whole seconds since the epoch, as in an HTTP date. */
  get updatedAtSeconds(): number {
    return Math.floor(this.#updatedAtMicros / 1e6);
  }

  /** Replaces the document. `updated_at` always increases, even if the clock stands still or is set back. */
  set(document: WireDocument): void {
    this.#compiled = compileDocument(document);
    this.#updatedAtMicros = Math.max(this.#now() * 1000, this.#updatedAtMicros + 1000);
    this.#document = {
      ...structuredClone(document),
      updated_at: formatUpdatedAt(this.#updatedAtMicros),
    };
  }

  update(mutate: (draft: Draft<WireDocument>) => void): void {
    const draft = structuredClone(this.#document) as Draft<WireDocument>;
    mutate(draft);
    this.set(draft);
  }

  reset(): void {
    this.#document = this.#original;
    this.#compiled = compileDocument(this.#original);
    this.#updatedAtMicros = parseUpdatedAt(this.#original.updated_at);
  }
}

/** @throws {TypeError} for an invalid document: the remote control accepts any JSON. */
function compileDocument(document: WireDocument): CompiledEnvironment {
  const { value, refused } = compileEnvironmentDocument(document);
  if (value !== undefined) return value;
  throw new TypeError(`The environment document is invalid${refused && ` at ${refused}`}.`);
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
