import type { ParseDocument } from "../api/document-api.ts";
import { IdentityOverridesCompiler } from "../engine/identity-overrides-compiler.ts";
import type { CompiledOverrides } from "../engine/tables.ts";
import { getMember, isRecord, parseJson } from "../platform/json.ts";
import type { Timers } from "../platform/platform.ts";
import type { CompiledDocument, Environment } from "./environment.ts";

/** In UTF-16 units. Shorter texts have few overrides. */
const minSplitLength = 262_144;

const overridesMember = '"identity_overrides":';

/** Replaces the list of identity overrides while the rest of a document is parsed. */
const placeholder = "flagsmith-isomorphic/identity-overrides";

/** The shortest text of overrides that is parsed at once, in UTF-16 units. Takes a fraction of a millisecond. */
const minPartLength = 65_536;

/** The number of overrides that are compiled at once. Takes a fraction of a millisecond. */
const partSize = 100;

/** After this time, a slice ends with the current part. */
const maxSliceMs = 4;

/** Compiles a document, except for overrides that are compiled already. */
export type CompileDocument = (
  document: unknown,
  overrides?: CompiledOverrides,
) => Environment | { readonly refused: string };

/** The parts of a {@link DocumentReading}. */
export interface ReadingParts {
  /** The last document of the API. */
  readonly known?: Omit<CompiledDocument, "fetchedAt"> | undefined;
  readonly timers: Timers;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the text of one response. Parses only what has changed since the last one, because parsing takes most of the
 * time of a load: nothing of a short text, and of a long one not the identity overrides, which can be nine tenths of it.
 * Overrides that have changed are parsed and compiled in slices, between which the process can serve requests.
 *
 * Needs a synchronous hash, so that isolates do without it.
 */
export class DocumentReading {
  readonly #parts: ReadingParts;
  readonly #hash: (text: string) => string;
  #sliceStartedAt: number;
  /** Missing if the identity overrides are parsed with the rest. */
  #sections: Sections | undefined;
  /** The hash of the overrides and of all that they depend on. Missing if they are parsed with the rest. */
  overridesDigest: string | undefined;

  /** @param hash - returns the SHA-256 of a text in hexadecimal. */
  constructor(parts: ReadingParts, hash: (text: string) => string) {
    this.#parts = parts;
    this.#hash = hash;
    this.#sliceStartedAt = parts.timers.monotonicNow();
  }

  /** Parses a document. If the text of its overrides is left out, only `compile` has them. */
  readonly parse: ParseDocument = (text, isPage) => {
    this.#sliceStartedAt = this.#parts.timers.monotonicNow();
    // The request can be sent again.
    this.#sections = undefined;
    if (isPage) return parseJson(text);
    // The environment of an equal text is used again, so that its document is not needed.
    if (text === this.#parts.known?.digest) return {};
    return (text.length > minSplitLength && this.#parseSections(text)) || parseJson(text);
  };

  /** @param isShared - whether other processes compare the digest, which then is that of the whole text. */
  async createDigest(text: string, isShared: boolean): Promise<string> {
    const sections = this.#sections ?? split(text);
    await this.#startSlice();
    const overrides = this.#hash(sections.overrides);
    if (this.#sections) this.overridesDigest = `${overrides} ${this.#sections.environmentKey}`;
    await this.#startSlice();
    return isShared ? this.#hash(text) : `${this.#hash(sections.rest)} ${overrides}`;
  }

  /**
   * Compiles the identity overrides of a document in slices of a few milliseconds, and then the rest.
   *
   * @param document - the result of `parse`, or a document from elsewhere.
   */
  async compile(document: unknown, compile: CompileDocument): Promise<ReturnType<CompileDocument>> {
    const sections = this.#sections;
    if (!sections) return compile(document, await this.#compileList(document));
    try {
      return compile(document, await this.#compileSection(sections));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // Another layout, in which the section is not the list of overrides.
      this.overridesDigest = undefined;
      const whole = parseJson(sections.text);
      return compile(whole, await this.#compileList(whole));
    }
  }

  /** @throws SyntaxError if the section is not a list. */
  async #compileSection({ overrides, environmentKey }: Sections): Promise<CompiledOverrides> {
    const { known } = this.#parts;
    return known && this.overridesDigest && known.overridesDigest === this.overridesDigest
      ? { index: known.environment.compiled.tables.identityOverrides, problems: [] }
      : this.#compileParts(parseParts(overrides), environmentKey);
  }

  /** Resolves to `undefined` for a short list, which is compiled with the rest. */
  async #compileList(document: unknown): Promise<CompiledOverrides | undefined> {
    const records = getMember(document, "identity_overrides");
    const environmentKey = getMember(document, "api_key");
    const isLong = Array.isArray(records) && records.length > partSize;
    return isLong && typeof environmentKey === "string"
      ? this.#compileParts(takeParts(records), environmentKey)
      : undefined;
  }

  async #compileParts(
    parts: Iterable<readonly unknown[]>,
    environmentKey: string,
  ): Promise<CompiledOverrides> {
    const compiler = new IdentityOverridesCompiler(environmentKey);
    for (const part of parts) {
      compiler.add(part);
      await this.#startSlice();
    }
    return compiler.finish();
  }

  /** Lets other code run if the last slice has taken long enough. */
  async #startSlice(): Promise<void> {
    const { timers, signal } = this.#parts;
    if (timers.monotonicNow() - this.#sliceStartedAt < maxSliceMs) return;
    await timers.sleep(0, signal);
    this.#sliceStartedAt = timers.monotonicNow();
  }

  /**
   * Parses a document without its identity overrides. The result is the same: one JSON value takes the place of another.
   * Returns `undefined` for every other layout.
   */
  #parseSections(text: string): unknown {
    const sections = split(text);
    const document = parseJson(sections.rest);
    if (!isRecord(document)) return undefined;
    const { api_key: environmentKey, identity_overrides: overrides } = document;
    const isSplit =
      overrides === placeholder &&
      typeof environmentKey === "string" &&
      sections.overrides.startsWith("[") &&
      parseJson(readLastItem(sections.overrides)) !== undefined;
    if (!isSplit) return undefined;
    this.#sections = { ...sections, text, environmentKey };
    return document;
  }
}

function* takeParts(records: readonly unknown[]): Generator<readonly unknown[]> {
  for (let start = 0; start < records.length; start += partSize) {
    yield records.slice(start, start + partSize);
  }
}

/** Parses a list in parts. The result is the same: if each part is a list, so is the whole. */
function* parseParts(list: string): Generator<readonly unknown[]> {
  const separator = readSeparator(list);
  let start = 1;
  while (start < list.length) {
    const found = list.indexOf(separator, start + minPartLength);
    const end = found === -1 ? list.length - 1 : found + 1;
    yield JSON.parse(`[${list.slice(start, end)}]`);
    start = end + 1;
  }
}

/** Returns the last item of a list, as a list. */
function readLastItem(list: string): string {
  const separatorAt = list.lastIndexOf(readSeparator(list));
  return separatorAt === -1 ? list : `[${list.slice(separatorAt + 2)}`;
}

/** Returns the text between two items. All items of the API begin with the same member. */
function readSeparator(list: string): string {
  return `},${/^\[(\{"[^"\\]*":)/.exec(list)?.[1] ?? "{"}`;
}

interface Sections extends ReturnType<typeof split> {
  /** The text of the whole document. */
  readonly text: string;
  readonly environmentKey: string;
}

/**
 * Splits a text where the API's documents have their identity overrides. Other texts are split anywhere.
 *
 * Returns the text of the overrides, and the `rest` with a placeholder for them.
 */
function split(text: string) {
  const start = text.indexOf(overridesMember) + overridesMember.length;
  // The members that follow contain no lists.
  const end = text.lastIndexOf("]") + 1;
  const rest = `${text.slice(0, start)}"${placeholder}"${text.slice(end)}`;
  return { rest, overrides: text.slice(start, end).trimStart() };
}
