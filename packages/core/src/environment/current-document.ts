import { createInvalidResponseError } from "../errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import type { ChangeReporter } from "./change-reporter.ts";
import type { ApiDocument, CompiledDocument, DocumentFacts, Environment } from "./environment.ts";
import { isFromTheFuture, isLater } from "./timestamps.ts";

/** For how long the API must return nothing but older documents until they are accepted. */
const minOlderMs = 300_000;
const minOlderIntervals = 3;

/** The parts of a {@link CurrentDocument}. */
export interface CurrentOptions {
  readonly timers: Timers;
  readonly logger: Required<Logger>;
  readonly onChange: ChangeReporter;
  readonly intervalMs: number;
}

/** The document in memory. Decides which documents of the storage and of the API replace it, so that it only moves forward. */
export class CurrentDocument {
  /** Calls read it directly, because a getter would slow them down. */
  value: CompiledDocument | undefined;
  readonly #options: CurrentOptions;
  /** The last document of the API that was used. */
  #latest: ApiDocument | undefined;
  /** The number of older documents that the API has returned since then. */
  #olderCount = 0;
  /** When the first of them arrived, on the monotonic clock. */
  #olderSince = 0;
  /** When the API last returned the document to a process, on the monotonic clock. `undefined` for `bootstrap`. */
  #confirmedAt: number | undefined;
  /** The date of the older document that the last load returned. */
  #ignoredUpdatedAt: string | undefined;

  constructor(options: CurrentOptions) {
    this.#options = options;
  }

  /** Whether the API has returned a document to this process. */
  get isConfirmed(): boolean {
    return this.#latest !== undefined;
  }

  /** The facts about the document that `status()` reports. Reads the clock only if there is a document. */
  facts(): Pick<DocumentFacts, "environment" | "loadedAt" | "ageMs" | "ignoredUpdatedAt"> {
    const { timers } = this.#options;
    const confirmedAt = this.#confirmedAt;
    return {
      environment: this.value?.environment,
      // 0 for `bootstrap`.
      loadedAt: this.value?.fetchedAt || undefined,
      // Not negative, although a test may replace the clock.
      ageMs:
        confirmedAt === undefined ? undefined : Math.max(0, timers.monotonicNow() - confirmedAt),
      ignoredUpdatedAt: this.#ignoredUpdatedAt,
    };
  }

  /** Whether a stored document replaces this one. */
  isReplacedBy({ fetchedAt, environment }: CompiledDocument): boolean {
    const current = this.value;
    if (!this.#isSameEnvironment(environment)) return false;
    if (!current) return true;
    const [date, currentDate] = [environment.updatedAt, current.environment.updatedAt];
    if (isLater(date, currentDate)) return true;
    // A replica that lags has answered the process that stored it.
    if (isLater(currentDate, date) && this.#latest?.digest === current.digest) return false;
    // A date in the future is from before the system's clock was set back.
    return (
      fetchedAt > current.fetchedAt || isFromTheFuture(current.fetchedAt, this.#options.timers)
    );
  }

  /** Uses a stored document that the API returned to another process, or the `bootstrap` document. */
  adoptStored(stored: CompiledDocument, ageMs: number): void {
    // The age of a bootstrap document is unknown.
    const { monotonicNow } = this.#options.timers;
    this.#confirmedAt = stored.fetchedAt ? monotonicNow() - ageMs : undefined;
    this.#replace(stored);
  }

  /**
   * Uses a document of the API. Returns whether it is used. It is not used if it is
   *
   * - late: its request was sent before that of the document in use, and its date is not later.
   * - older: Flagsmith changed it before the document in use. A read replica lags. It is used if `acceptsOlder`, or if a
   *   backup was restored: the API has returned nothing but older documents for a long time.
   *
   * An equal text is used, so that documents with equal or no dates follow the order of their requests.
   *
   * @throws {@link FlagsmithAPIError} if it is the document of another environment.
   */
  adoptLoaded(loaded: ApiDocument, acceptsOlder: boolean): boolean {
    const { environment, sentAt } = loaded;
    if (!this.#isSameEnvironment(environment)) {
      const message = "The API returned the document of another environment: check apiUrl.";
      throw createInvalidResponseError(message);
    }
    this.#confirmedAt = Math.max(sentAt, this.#confirmedAt ?? sentAt);
    const { updatedAt } = environment;
    const latest = this.#latest;
    const latestDate = latest?.environment.updatedAt;
    const isLate = latest && sentAt < latest.sentAt && !isLater(updatedAt, latestDate);
    const isOlder = isLater(latestDate, updatedAt);
    if (isLate || (isOlder && !acceptsOlder && !this.#isRestored(updatedAt))) return false;
    this.#olderCount = 0;
    this.#ignoredUpdatedAt = undefined;
    this.#latest = loaded;
    this.#replace(loaded);
    return true;
  }

  /** Counts an older document. Returns whether a backup was restored. */
  #isRestored(updatedAt: string | undefined): boolean {
    const { timers, logger, intervalMs } = this.#options;
    const now = timers.monotonicNow();
    if (this.#olderCount++ === 0) {
      this.#olderSince = now;
      logger.info(`The API returned an older document (${updatedAt}), which is not used yet.`);
    }
    this.#ignoredUpdatedAt = updatedAt;
    const minMs = Math.max(minOlderMs, minOlderIntervals * intervalMs);
    return this.#olderCount > minOlderIntervals && now - this.#olderSince >= minMs;
  }

  /** Whether a document is of the same environment as those of the API, which alone determines it. */
  #isSameEnvironment({ key, id }: Environment): boolean {
    const latest = this.#latest?.environment;
    return !latest || (latest.key === key && latest.id === id);
  }

  #replace(document: CompiledDocument): void {
    const previous = this.value;
    this.value = document;
    const versions = { previous: previous?.environment, current: document.environment };
    const hasSameDigest = document.digest === previous?.digest;
    this.#options.onChange(null, { ...versions, hasSameDigest });
  }
}
