import type { ParseDocument } from "../api/document-api.ts";
import { isRecord, parseJson } from "../api/schema.ts";
import type { IdentityIndex } from "../engine/tables.ts";
import type { Environment } from "./environment.ts";

/** The last document that was read. */
export interface KnownDocument {
  readonly environment: Environment;
  /** The text if it is short, or its hash. */
  readonly digest: string;
  /** The hash of the text of its identity overrides. Missing if they were not read separately. */
  readonly overridesDigest?: string | undefined;
}

/** In UTF-16 units. Shorter texts have few overrides. */
const minSplitLength = 262_144;

const overridesMember = '"identity_overrides":';

/** Replaces the list of identity overrides while the rest of a document is parsed. */
const placeholder = "flagsmith-isomorphic/identity-overrides";

/**
 * Reads the text of one response. Parses only what has changed since the last one, because parsing takes most of the
 * time of a load: nothing of a short text, and of a long one not the identity overrides, which can be nine tenths of it.
 *
 * Needs a synchronous hash, so that isolates do without it.
 */
export class DocumentReading {
  readonly #known: KnownDocument | undefined;
  readonly #hash: (text: string) => string;
  #digest: string | undefined;
  /** Missing if the overrides were not read separately. */
  overridesDigest: string | undefined;
  /** The compiled overrides, if their text is the known one. The document then has none. */
  knownOverrides: IdentityIndex | undefined;

  /** @param hash - returns the SHA-256 of a text in hexadecimal. */
  constructor(known: KnownDocument | undefined, hash: (text: string) => string) {
    this.#known = known;
    this.#hash = hash;
  }

  readonly parse: ParseDocument = (text, isPage) => {
    // The request can be sent again.
    this.#digest = undefined;
    this.overridesDigest = undefined;
    this.knownOverrides = undefined;
    if (isPage) return parseJson(text);
    // The environment of an equal text is used again, so that its document is not needed.
    if (text === this.#known?.digest) return {};
    return (text.length > minSplitLength && this.#parseSections(text)) || parseJson(text);
  };

  /** @param isShared - whether other processes compare the digest, which then is that of the whole text. */
  createDigest(text: string, isShared: boolean): string {
    if (isShared) return this.#hash(text);
    return this.#digest ?? this.#createDigest(split(text));
  }

  #createDigest({ rest, overrides }: Sections): string {
    return `${this.#hash(rest)} ${this.#hash(overrides)}`;
  }

  /**
   * Parses a document without its identity overrides, and then these. The result is the same: one JSON value takes the
   * place of another. Returns `undefined` for every other layout.
   */
  #parseSections(text: string): unknown {
    const sections = split(text);
    const document = parseJson(sections.rest);
    const isSplit =
      isRecord(document) &&
      document["identity_overrides"] === placeholder &&
      Array.isArray(document["feature_states"]);
    if (!isSplit) return undefined;
    this.#digest = this.#createDigest(sections);
    // The key of the environment is a part of the compiled overrides.
    const overridesDigest = `${this.#digest.split(" ")[1]} ${document["api_key"]}`;
    const known = this.#known?.overridesDigest === overridesDigest ? this.#known : undefined;
    const overrides = known ? [] : parseJson(sections.overrides);
    if (!Array.isArray(overrides)) return undefined;
    this.overridesDigest = overridesDigest;
    this.knownOverrides = known?.environment.compiled.tables.identityOverrides;
    return { ...document, identity_overrides: overrides };
  }
}

/** The text of a document without its identity overrides, and their text. */
interface Sections {
  readonly rest: string;
  readonly overrides: string;
}

/** Splits a text where the API's documents have their identity overrides. Other texts are split anywhere. */
function split(text: string): Sections {
  const start = text.indexOf(overridesMember) + overridesMember.length;
  // The members that follow contain no lists.
  const end = text.lastIndexOf("]") + 1;
  const rest = `${text.slice(0, start)}"${placeholder}"${text.slice(end)}`;
  return { rest, overrides: text.slice(start, end) };
}
