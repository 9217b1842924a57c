import type { LoadDocument } from "../api/document-api.ts";
import { createInvalidResponseError, FlagsmithAPIError } from "../errors.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import { type Call, within } from "../http/call.ts";
import type { FlagsmithOptions } from "../options/options.ts";
import { sha256 } from "../platform/digest.ts";
import { isError } from "../platform/is-error.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import { startTimedLog } from "../platform/timed-log.ts";
import type { DocumentCompiler } from "./document-compiler.ts";
import type { CompileDocument, DocumentReading, ReadingParts } from "./document-reading.ts";
import { computeHeadStartMs, type DocumentStore, type WriteResult } from "./document-store.ts";
import type { ApiDocument, CompiledDocument, Environment } from "./environment.ts";

/** In UTF-16 units. Longer texts are not kept in memory. */
const maxKeptLength = 262_144;

interface SourceParts {
  readonly options: Pick<FlagsmithOptions, "bootstrap" | "changes">;
  readonly loadDocument: LoadDocument;
  readonly store: DocumentStore | undefined;
  readonly compiler: DocumentCompiler;
  readonly modules?: { readonly createReading?: (parts: ReadingParts) => DocumentReading };
  readonly timers: Timers;
  readonly logger: ClientLogger;
}

/** Loads environment documents from the API and the storage. Compiles each text once. */
export class DocumentSource {
  readonly #parts: SourceParts;
  /** The user's own copy of the document, its text, or a promise of either. */
  #bootstrap: unknown;
  /** The digest of the document in the storage, as far as this process knows. */
  #storedDigest: string | undefined;
  /** The last document of the API. */
  #last: ApiDocument | undefined;

  constructor(parts: SourceParts) {
    this.#parts = parts;
    this.#bootstrap = parts.options.bootstrap;
  }

  /**
   * Reads the stored document, whatever its age. Resolves to whether the storage has responded in time.
   *
   * @param current - has the document in memory, which a storage that hangs must not keep. It is returned with another
   * date if the storage has the same one.
   * @param onRead - receives the stored document if it can be used, even after the returned promise.
   */
  async readStored(
    current: { readonly value: CompiledDocument | undefined },
    call: Call,
    onRead: (stored: CompiledDocument) => void,
  ): Promise<boolean> {
    const { store } = this.#parts;
    if (!store) return true;
    const logResult = this.#startTimedLog();
    const storedDigest = this.#storedDigest;
    return store.read(current.value?.digest, call, async (found) => {
      // Otherwise this process has written a document since.
      if (this.#storedDigest === storedDigest) this.#storedDigest = found?.digest;
      const known = current.value?.digest === found?.digest ? current.value : undefined;
      // A late lease may be that of an earlier document.
      if (!found || !(known ?? found.document)) {
        logResult(() => "The storage returned no document that can be used");
        return;
      }
      const { digest, fetchedAt, document } = found;
      logResult(() => `The storage returned ${known ? "the same" : "another"} document`);
      const environment = known
        ? known.environment
        : await this.#compileCopy(document, "stored environment", this.#createReading(call));
      if (environment) onRead({ environment, digest, fetchedAt });
    });
  }

  /** Reads the digest of the stored document. Resolves to `undefined` if it is unknown, and never rejects. */
  async readStoredDigest(call: Call): Promise<string | undefined> {
    return this.#parts.store?.readDigest(call);
  }

  /**
   * Reads the `bootstrap` document, once. A promise that hangs delays the load as long as a storage may.
   *
   * @param onRead - receives the document if it can be used, even after the returned promise.
   */
  async readBootstrap(call: Call, onRead: (bootstrap: CompiledDocument) => void): Promise<void> {
    const bootstrap = this.#bootstrap;
    if (bootstrap === undefined) return;
    this.#bootstrap = undefined;
    const { timers, logger } = this.#parts;
    const limitMs = computeHeadStartMs(call, timers);
    const warn = (reason: string) => {
      logger.warn(`The bootstrap document could not be read (${reason}).`);
    };
    const onExpiry = () => warn("no response yet");
    await within<void>({ timers, limitMs, signal: call.signal, onExpiry }, async () => {
      try {
        const given: unknown = await bootstrap;
        // Like JsonFileHandler, without a byte order mark.
        const text = typeof given === "string" ? given.trim() : JSON.stringify(given);
        const reading = this.#createReading(call);
        const environment = await this.#compileCopy(JSON.parse(text), "bootstrap", reading);
        // Its age is unknown, so every other document is newer.
        if (environment)
          onRead({ environment, digest: await this.#createDigest(text, reading), fetchedAt: 0 });
      } catch (error) {
        if (call.signal?.aborted) return;
        warn((isError(error) && error.name) || typeof error);
      }
    });
  }

  /**
   * Loads the document from the API. An unchanged document keeps its compiled environment. The text is not part of the
   * document, because that stays in memory.
   *
   * @throws {@link FlagsmithAPIError}
   */
  async load(call: Call): Promise<{ readonly loaded: ApiDocument; readonly text: string }> {
    const { loadDocument, timers } = this.#parts;
    const logResult = this.#startTimedLog();
    try {
      const last = this.#last;
      const reading = this.#createReading(call, last);
      const { document, text, sentAt } = await loadDocument(call, reading?.parse);
      const fetchedAt = timers.now() - (timers.monotonicNow() - sentAt);
      const digest = await this.#createDigest(text, reading);
      // A stored document is compiled again, because its digest may be wrong.
      const same = last?.digest === digest && last;
      const environment = same ? same.environment : await this.#compile(document, "local", reading);
      if ("refused" in environment) {
        const message = `The environment document is invalid${environment.refused}.`;
        throw createInvalidResponseError(message);
      }
      const { updatedAt = "no date" } = environment;
      logResult(() => `The API returned ${same ? "the same" : "another"} document (${updatedAt})`);
      const overridesDigest = (same || reading)?.overridesDigest;
      const loaded = { environment, digest, fetchedAt, sentAt, overridesDigest };
      this.#last = loaded;
      return { loaded, text };
    } catch (error) {
      const reason = error instanceof FlagsmithAPIError ? error.code : "an unexpected error";
      logResult(() => `The API returned no document (${reason})`);
      throw error;
    }
  }

  /** Stores a document of the API, or renews its lease. */
  async store(
    { environment, digest, fetchedAt }: ApiDocument,
    text: string,
    call: Call,
  ): Promise<WriteResult> {
    const { store } = this.#parts;
    if (store === undefined) return "stored";
    const lease = { fetchedAt, digest, updatedAt: environment.updatedAt };
    const logResult = this.#startTimedLog();
    const isRenewal = this.#storedDigest === digest;
    const result = await store.write(lease, { text, isRenewal }, call);
    const isStored = result !== "failed";
    const subject = isRenewal ? "lease" : "document";
    logResult(() => `The storage ${isStored ? "has" : "did not accept"} the ${subject}`);
    if (isStored) this.#storedDigest = digest;
    return result;
  }

  /** A text is compared directly if possible, because a digest takes longer than the rest of a small load. */
  async #createDigest(text: string, reading: DocumentReading | undefined): Promise<string> {
    const { store, options } = this.#parts;
    /** Whether other processes read the digest. */
    const isShared = (store ?? options.changes) !== undefined;
    if (!isShared && text.length <= maxKeptLength) return text;
    return reading?.createDigest(text, isShared) ?? sha256(text);
  }

  #startTimedLog() {
    return startTimedLog(this.#parts.logger, this.#parts.timers);
  }

  /** Compiles a document that does not come from the API. An invalid one is logged. */
  async #compileCopy(
    document: unknown,
    kind: string,
    reading: DocumentReading | undefined,
  ): Promise<Environment | undefined> {
    const environment = await this.#compile(document, "storage", reading);
    if (!("refused" in environment)) return environment;
    this.#parts.logger.warn(`The ${kind} document is invalid${environment.refused}.`);
    return undefined;
  }

  async #compile(document: unknown, source: FlagSource, reading: DocumentReading | undefined) {
    const compile: CompileDocument = (whole, overrides) =>
      this.#parts.compiler.compile(whole, source, overrides);
    return reading?.compile(document, compile) ?? compile(document);
  }

  /** Returns `undefined` if the runtime compiles documents at once. */
  #createReading({ signal }: Call, known?: ReadingParts["known"]): DocumentReading | undefined {
    const { modules, timers } = this.#parts;
    return modules?.createReading?.({ known, timers, signal });
  }
}
