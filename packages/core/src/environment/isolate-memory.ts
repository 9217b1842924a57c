import { closedError, FlagsmithAPIError, type FlagsmithClientError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import type { LoadedEnvironment, WriteToStorage } from "./document-source.ts";
import { isRefusal, logLoadFailure, toLoadFailure } from "./load-failure.ts";
import type { IsolateOptions, RefreshSchedule } from "./refresh-schedule.ts";
import { isLater } from "./timestamps.ts";

const alreadyStored: WriteToStorage = async () => true;

/** The newest environment that any request of this isolate has loaded. */
export class IsolateMemory {
  readonly #options: IsolateOptions;
  readonly #schedule: RefreshSchedule;
  #loaded: LoadedEnvironment | undefined;
  #failure: FlagsmithClientError | undefined;
  #isClosed = false;

  constructor(options: IsolateOptions, schedule: RefreshSchedule) {
    this.#options = options;
    this.#schedule = schedule;
  }

  get loaded(): LoadedEnvironment | undefined {
    return this.#loaded;
  }

  /** The error of the last load from the API, unless it succeeded. */
  get failure(): FlagsmithClientError | undefined {
    return this.#failure;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Reads the storage and adopts its document if it is newer. */
  async readStorage(call: Call): Promise<void> {
    const stored = await this.#options.source.readStored(this.#loaded, call);
    this.#schedule.checkedStorage();
    if (stored === undefined || !(this.#isLater(stored) || this.#leadMs(stored) < 0)) return;
    const isFirst = this.#loaded === undefined;
    this.#schedule.foundInStorage(stored.freshness.fetchedAt, { isFirst });
    this.#adopt(stored);
  }

  /** Loads the first document: from the storage, whatever its age, otherwise from the API. */
  async loadFirst(call: Call): Promise<WriteToStorage> {
    try {
      await this.readStorage(call);
      return this.#loaded ? alreadyStored : await this.loadFromApi(undefined, call);
    } catch (error) {
      // Another request may have loaded it meanwhile. An aborted caller gets its abort reason.
      if (this.#loaded === undefined || call.signal?.aborted) throw error;
      return alreadyStored;
    }
  }

  /**
   * Loads the document from the API and adopts it if it is newer.
   *
   * @returns a function that writes the document to the storage.
   */
  async loadFromApi(known: LoadedEnvironment | undefined, call: Call): Promise<WriteToStorage> {
    if (this.#isClosed) throw closedError();
    try {
      const { loaded, write } = await this.#options.source.load(known, call);
      this.#failure = undefined;
      const leadMs = this.#leadMs(loaded);
      // Responses can arrive out of order, but no further apart than the deadline. A larger gap, or a
      // later document, means that the clock of the document in memory was wrong.
      const isOlder = leadMs > 0 && leadMs <= this.#options.deadlineMs && !this.#isLater(loaded);
      if (!isOlder) this.#adopt(loaded);
      this.#schedule.loaded(loaded.freshness.fetchedAt + (isOlder ? leadMs : 0));
      return isOlder ? alreadyStored : write;
    } catch (thrown) {
      if (call.signal?.aborted) throw thrown;
      const failure = toLoadFailure(thrown);
      // A deadline shorter than the client's own does not mean that the API failed.
      const isBriefTimeout = call.isBrief && failure.code === "API_TIMEOUT";
      if (!isBriefTimeout) this.#fail(failure);
      throw failure;
    }
  }

  #isLater({ environment }: LoadedEnvironment): boolean {
    return isLater(environment.updatedAt, this.#loaded?.environment.updatedAt);
  }

  /** How much later the document in memory was fetched. Negative if it was fetched earlier. */
  #leadMs({ freshness }: LoadedEnvironment): number {
    const fetchedAt = this.#loaded?.freshness.fetchedAt ?? Number.NEGATIVE_INFINITY;
    return fetchedAt - freshness.fetchedAt;
  }

  #adopt(loaded: LoadedEnvironment): void {
    const isNew = loaded.environment !== this.#loaded?.environment;
    this.#loaded = loaded;
    const { updatedAt } = loaded.environment;
    if (isNew) this.#options.onChange(null, { updatedAt });
  }

  #fail(failure: FlagsmithClientError): void {
    const { logger, onChange } = this.#options;
    this.#failure = failure;
    const hasDocument = this.#loaded !== undefined;
    const { retryAfterMs = 0 } = failure instanceof FlagsmithAPIError ? failure : {};
    const minPauseMs = isRefusal(failure) ? Number.POSITIVE_INFINITY : retryAfterMs;
    this.#schedule.failed({ hasDocument, minPauseMs });
    logLoadFailure(logger, failure, hasDocument);
    onChange(failure, { updatedAt: this.#loaded?.environment.updatedAt });
  }
}
