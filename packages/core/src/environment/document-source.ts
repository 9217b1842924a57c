import type { LoadDocument } from "../api/document-api.ts";
import { FlagsmithAPIError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import { sha256 } from "../platform/digest.ts";
import type { Logger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import type { DocumentStore } from "./document-store.ts";
import { type DocumentCompiler, type Environment, readUpdatedAt } from "./environment.ts";
import type { Freshness } from "./storage-record.ts";
import { isLater, parseMillis } from "./timestamps.ts";

/** A compiled environment, and the data that decides when and how it is requested again. */
export interface LoadedEnvironment {
  readonly environment: Environment;
  readonly freshness: Freshness;
}

/**
 * Writes a loaded document to the storage if the caller decides to keep it.
 *
 * Resolves to whether the storage holds it or a newer one. Never rejects.
 */
export type WriteToStorage = (call: Call) => Promise<boolean>;

/** `Last-Modified` has a resolution of one second, so a document this recent may change without a new date. */
const minSettledMs = 2000;

/**
 * Conditional requests between two unconditional ones: deleting an identity with overrides changes
 * neither `updated_at` nor `Last-Modified`.
 */
const maxConditionalPolls = 9;

/** Loads environment documents from the API and the storage, and compiles them. */
export class DocumentSource {
  readonly #loadDocument: LoadDocument;
  readonly #store: DocumentStore | undefined;
  readonly #compiler: DocumentCompiler;
  readonly #timers: Timers;
  readonly #logger: Logger;
  /** The last response. A response with the same digest is not compiled again. */
  #last: { readonly digest: string; readonly environment: Environment } | undefined;

  constructor(options: {
    readonly loadDocument: LoadDocument;
    readonly store: DocumentStore | undefined;
    readonly compiler: DocumentCompiler;
    readonly timers: Timers;
    readonly logger: Logger;
  }) {
    this.#loadDocument = options.loadDocument;
    this.#store = options.store;
    this.#compiler = options.compiler;
    this.#timers = options.timers;
    this.#logger = options.logger;
  }

  /** Reads the stored document, whatever its age. Returns `undefined` if it is not newer than `known`. */
  async readStored(
    known: LoadedEnvironment | undefined,
    call: Call,
  ): Promise<LoadedEnvironment | undefined> {
    const record = await this.#store?.read(call);
    if (record === undefined) return undefined;
    const { document, freshness } = record;
    const isNewer =
      known === undefined ||
      freshness.fetchedAt > known.freshness.fetchedAt ||
      isLater(readUpdatedAt(document), known.environment.updatedAt);
    // Compilation is expensive, so skip it for a document that would not be used.
    if (!isNewer) return undefined;
    const environment = this.#compiler.compile(document, "storage");
    if (!("refused" in environment)) return { environment, freshness };
    this.#logger.warn(
      `The stored environment document is invalid${describePlace(environment.refused)}.`,
    );
    return undefined;
  }

  /**
   * Loads the document from the API. An unchanged document keeps its compiled environment.
   *
   * @throws {@link FlagsmithAPIError}
   */
  async load(
    known: LoadedEnvironment | undefined,
    call: Call,
  ): Promise<{ readonly loaded: LoadedEnvironment; readonly write: WriteToStorage }> {
    const requestedAt = this.#timers.now();
    const condition = known && getIfModifiedSince(known.freshness);
    const response = await this.#loadDocument(condition, call);
    // Some `fetch` implementations resolve even after the signal aborted.
    call.signal?.throwIfAborted();
    if (response === "unchanged") {
      if (known === undefined) throw createUnexpectedStatusError();
      const conditionalPolls = known.freshness.conditionalPolls + 1;
      const freshness = { ...known.freshness, fetchedAt: requestedAt, conditionalPolls };
      const write: WriteToStorage = async (call) => this.#store?.renew(freshness, call) ?? true;
      return { loaded: { ...known, freshness }, write };
    }
    const { document, text, lastModified, sentAt, serverTime } = response;
    // The server may ignore the condition, and some unconditional responses are unchanged too.
    const digest = await sha256(text);
    const environment =
      digest === this.#last?.digest
        ? this.#last.environment
        : this.#compiler.compile(document, "local");
    if ("refused" in environment) throw createInvalidDocumentError(environment.refused);
    this.#last = { digest, environment };
    const { updatedAt } = environment;
    // False if either date is missing.
    const isSettled = (serverTime ?? Number.NaN) - parseMillis(updatedAt) >= minSettledMs;
    const freshness = { fetchedAt: sentAt, lastModified, isSettled, conditionalPolls: 0 };
    const write: WriteToStorage = async (call) =>
      this.#store?.write({ freshness, updatedAt, text }, call) ?? true;
    return { loaded: { environment, freshness }, write };
  }
}

/** Returns the date for `If-Modified-Since`, or `undefined` if the request must be unconditional. */
function getIfModifiedSince(freshness: Freshness): string | undefined {
  const { lastModified, isSettled, conditionalPolls } = freshness;
  return isSettled && conditionalPolls < maxConditionalPolls ? lastModified : undefined;
}

function createUnexpectedStatusError(): FlagsmithAPIError {
  const message = "The API answered 304 Not Modified to an unconditional request.";
  return new FlagsmithAPIError("INVALID_RESPONSE", message, { status: 304 });
}

function createInvalidDocumentError(path: string): FlagsmithAPIError {
  const message = `The environment document is invalid${describePlace(path)} and is not used.`;
  return new FlagsmithAPIError("INVALID_RESPONSE", message, { status: 200 });
}

function describePlace(path: string): string {
  return path === "" ? "" : ` at ${path}`;
}
