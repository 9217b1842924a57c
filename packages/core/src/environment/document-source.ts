import type { LoadDocument } from "../api/document-api.ts";
import { FlagsmithAPIError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import { sha256 } from "../platform/digest.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import { startStopwatch } from "../platform/stopwatch.ts";
import type { DocumentStore } from "./document-store.ts";
import type { DocumentCompiler, Environment } from "./environment.ts";

/** A compiled environment document. */
export interface LoadedDocument {
  readonly environment: Environment;
  /** The SHA-256 of the document's text. */
  readonly digest: string;
  /** When the API returned it, in milliseconds since the epoch. */
  readonly fetchedAt: number;
}

/** A document from the API. */
export interface ApiDocument extends LoadedDocument {
  readonly text: string;
  /** When its request was sent, on the monotonic clock. */
  readonly sentAt: number;
}

/** Loads environment documents from the API and the storage. Compiles each text once. */
export class DocumentSource {
  readonly #loadDocument: LoadDocument;
  readonly #store: DocumentStore | undefined;
  readonly #compiler: DocumentCompiler;
  readonly #timers: Timers;
  readonly #logger: ClientLogger;
  #bootstrap: unknown;
  /** The digest of the document in the storage, as far as this process knows. */
  #storedDigest: string | undefined;
  /** The last document of the API. */
  #last: LoadedDocument | undefined;

  constructor(options: {
    readonly loadDocument: LoadDocument;
    readonly store: DocumentStore | undefined;
    readonly compiler: DocumentCompiler;
    readonly timers: Timers;
    readonly logger: ClientLogger;
    /** The user's own copy of the document, its text, or a promise of either. */
    readonly bootstrap?: unknown;
  }) {
    this.#loadDocument = options.loadDocument;
    this.#store = options.store;
    this.#compiler = options.compiler;
    this.#timers = options.timers;
    this.#logger = options.logger;
    this.#bootstrap = options.bootstrap;
  }

  /**
   * Reads the stored document, whatever its age. Returns `undefined` if there is none that can be used.
   *
   * @param known - the document in memory. It is returned with another date if the storage has the same one.
   * @param onTimeout - called if the storage is too slow.
   */
  async readStored(
    known: LoadedDocument | undefined,
    call: Call,
    onTimeout: () => void,
  ): Promise<LoadedDocument | undefined> {
    const logResult = startStopwatch(this.#logger, this.#timers);
    const found = await this.#store?.read(known?.digest, call, onTimeout);
    this.#storedDigest = found?.digest;
    if (found === undefined) {
      logResult(() => "The storage returned no document that can be used");
      return undefined;
    }
    const { digest, fetchedAt, document } = found;
    const isSame = known?.digest === digest;
    logResult(() => `The storage returned ${isSame ? "the same" : "another"} document`);
    if (isSame) return { ...known, fetchedAt };
    const environment = this.#compile(document, "storage", "The stored environment document");
    return environment && { environment, digest, fetchedAt };
  }

  /** Reads the `bootstrap` document, once. */
  async readBootstrap(): Promise<LoadedDocument | undefined> {
    const bootstrap = this.#bootstrap;
    if (bootstrap === undefined) return undefined;
    this.#bootstrap = undefined;
    try {
      const given: unknown = await bootstrap;
      const text = typeof given === "string" ? given : JSON.stringify(given);
      const environment = this.#compile(JSON.parse(text), "storage", "The bootstrap document");
      if (environment === undefined) return undefined;
      return { environment, digest: await sha256(text), fetchedAt: this.#timers.now() };
    } catch (error) {
      const reason = error instanceof Error ? error.name : typeof error;
      this.#logger.warn(`The bootstrap document could not be read (${reason}) and is not used.`);
      return undefined;
    }
  }

  /**
   * Loads the document from the API. An unchanged document keeps its compiled environment.
   *
   * @throws {@link FlagsmithAPIError}
   */
  async load(known: LoadedDocument | undefined, call: Call): Promise<ApiDocument> {
    const logResult = startStopwatch(this.#logger, this.#timers);
    try {
      const loaded = await this.#load(known, call);
      const { updatedAt } = loaded.environment;
      const isSame = loaded.digest === known?.digest;
      logResult(
        () =>
          `The API returned ${isSame ? "the same" : "another"} document (${updatedAt ?? "no date"})`,
      );
      return loaded;
    } catch (error) {
      const reason = error instanceof FlagsmithAPIError ? error.code : "an unexpected error";
      logResult(() => `The API returned no document (${reason})`);
      throw error;
    }
  }

  async #load(known: LoadedDocument | undefined, call: Call): Promise<ApiDocument> {
    const { document, text, sentAt } = await this.#loadDocument(call);
    // Some `fetch` implementations resolve even after the signal aborted.
    call.signal?.throwIfAborted();
    const fetchedAt = this.#timers.now() - (this.#timers.monotonicNow() - sentAt);
    const digest = await sha256(text);
    const same = [known, this.#last].find((loaded) => loaded?.digest === digest);
    const environment = same
      ? asLocal(same.environment)
      : this.#compiler.compile(document, "local");
    if ("refused" in environment) throw createInvalidDocumentError(environment.refused);
    this.#last = { environment, digest, fetchedAt };
    return { environment, digest, fetchedAt, text, sentAt };
  }

  /** Stores a document of the API, or renews its lease. Resolves to whether the storage has it or a newer one. */
  async store({ environment, digest, fetchedAt, text }: ApiDocument, call: Call): Promise<boolean> {
    if (this.#store === undefined) return true;
    const lease = { fetchedAt, digest, updatedAt: environment.updatedAt };
    const logResult = startStopwatch(this.#logger, this.#timers);
    const isRenewal = this.#storedDigest === digest;
    const isStored = await (isRenewal
      ? this.#store.renew(lease, call)
      : this.#store.write(lease, text, call));
    const subject = isRenewal ? "lease" : "document";
    logResult(() => `The storage ${isStored ? "has" : "did not accept"} the ${subject}`);
    if (isStored) this.#storedDigest = digest;
    return isStored;
  }

  #compile(document: unknown, source: "storage", subject: string): Environment | undefined {
    const environment = this.#compiler.compile(document, source);
    if (!("refused" in environment)) return environment;
    this.#logger.warn(`${subject} is invalid${describePlace(environment.refused)}.`);
    return undefined;
  }
}

function asLocal(environment: Environment): Environment {
  return environment.source === "local" ? environment : environment.withSource("local");
}

function createInvalidDocumentError(path: string): FlagsmithAPIError {
  const message = `The environment document is invalid${describePlace(path)} and is not used.`;
  return new FlagsmithAPIError("INVALID_RESPONSE", message, { status: 200 });
}

function describePlace(path: string): string {
  return path === "" ? "" : ` at ${path}`;
}
