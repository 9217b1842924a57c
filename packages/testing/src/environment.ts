import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
} from "@flagsmith-isomorphic/core/engine";
import type { Draft, WireDocument } from "./environment-document.ts";

/** The environment the API serves: the current document and the instant of its last change. */
export class Environment {
  readonly #now: () => number;
  readonly #original: WireDocument;
  #document: WireDocument;
  #compiled: CompiledEnvironment;
  #updatedAtMicros: number;

  constructor(document: WireDocument, now: () => number) {
    this.#compiled = compiled(document);
    this.#now = now;
    this.#original = structuredClone(document);
    this.#document = this.#original;
    this.#updatedAtMicros = microsOf(document.updated_at);
  }

  get document(): WireDocument {
    return this.#document;
  }

  /** What answers for identities. */
  get compiled(): CompiledEnvironment {
    return this.#compiled;
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
  set(document: WireDocument): void {
    this.#compiled = compiled(document);
    this.#updatedAtMicros = Math.max(this.#now() * 1000, this.#updatedAtMicros + 1000);
    this.#document = { ...structuredClone(document), updated_at: isoText(this.#updatedAtMicros) };
  }

  update(mutate: (draft: Draft<WireDocument>) => void): void {
    const draft = structuredClone(this.#document) as Draft<WireDocument>;
    mutate(draft);
    this.set(draft);
  }

  reset(): void {
    this.#document = this.#original;
    this.#compiled = compiled(this.#original);
    this.#updatedAtMicros = microsOf(this.#original.updated_at);
  }
}

/** Documents also arrive from outside, by the remote control: one of a wrong shape is refused at once. */
function compiled(document: WireDocument): CompiledEnvironment {
  const { value, refused } = compileEnvironmentDocument(document);
  if (value !== undefined) return value;
  throw new TypeError(`The environment document has a wrong shape${refused && ` at ${refused}`}.`);
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
