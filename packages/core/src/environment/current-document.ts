import { FlagsmithAPIError } from "../errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import type { ChangeReporter } from "./change-reporter.ts";
import { DocumentOrder } from "./document-order.ts";
import type { ApiDocument, LoadedDocument } from "./document-source.ts";
import type { DocumentFacts } from "./environment.ts";
import { isFromTheFuture, isLater } from "./timestamps.ts";

/** The parts of a {@link CurrentDocument}. */
export interface CurrentOptions {
  readonly timers: Timers;
  readonly logger: Required<Logger>;
  readonly onChange: ChangeReporter;
  readonly intervalMs: number;
}

/** The document in memory. Decides which documents of the storage and of the API replace it. */
export class CurrentDocument {
  /** Calls read it directly, because a getter would slow them down. */
  value: LoadedDocument | undefined;
  readonly #options: CurrentOptions;
  readonly #order: DocumentOrder;
  /** When the API last returned the document to a process, on the monotonic clock. `undefined` for `bootstrap`. */
  #confirmedAt: number | undefined;
  /** The date of the older document that the last load returned. */
  #ignoredUpdatedAt: string | undefined;

  constructor(options: CurrentOptions) {
    this.#options = options;
    this.#order = new DocumentOrder(options.intervalMs);
  }

  /** Whether the API has returned a document to this process. */
  get isConfirmed(): boolean {
    return this.#order.isConfirmed;
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
  isReplacedBy({ fetchedAt, environment }: LoadedDocument): boolean {
    const current = this.value;
    if (!this.#order.isSameEnvironment(environment)) return false;
    if (!current) return true;
    const [date, currentDate] = [environment.updatedAt, current.environment.updatedAt];
    if (isLater(date, currentDate)) return true;
    // A replica that lags has answered the process that stored it.
    if (isLater(currentDate, date) && this.#order.isLatest(current)) return false;
    // A date in the future is from before the system's clock was set back.
    return (
      fetchedAt > current.fetchedAt || isFromTheFuture(current.fetchedAt, this.#options.timers)
    );
  }

  /** Uses a stored document that the API returned to another process, or the `bootstrap` document. */
  adoptStored(stored: LoadedDocument, ageMs: number): void {
    // The age of a bootstrap document is unknown.
    const { monotonicNow } = this.#options.timers;
    this.#confirmedAt = stored.fetchedAt ? monotonicNow() - ageMs : undefined;
    this.#replace(stored);
  }

  /**
   * Uses a document of the API, unless another one is newer. Returns whether it is used.
   *
   * @throws {@link FlagsmithAPIError} if it is the document of another environment.
   */
  adoptLoaded(loaded: ApiDocument, acceptsOlder: boolean): boolean {
    const { environment, sentAt } = loaded;
    if (!this.#order.isSameEnvironment(environment)) {
      const message = "The API returned the document of another environment: check apiUrl.";
      throw new FlagsmithAPIError("INVALID_RESPONSE", message, { status: 200 });
    }
    const { timers, logger } = this.#options;
    const order = this.#order.add(loaded, { now: timers.monotonicNow(), acceptsOlder });
    this.#confirmedAt = Math.max(sentAt, this.#confirmedAt ?? sentAt);
    if (order === "newer") {
      this.#ignoredUpdatedAt = undefined;
      this.#replace(loaded);
    } else if (order === "older") {
      const { updatedAt } = environment;
      if (this.#ignoredUpdatedAt === undefined)
        logger.info(`The API returned an older document (${updatedAt}), which is not used yet.`);
      this.#ignoredUpdatedAt = updatedAt;
    }
    return order === "newer";
  }

  #replace(document: LoadedDocument): void {
    const previous = this.value;
    this.value = document;
    const versions = { previous: previous?.environment, current: document.environment };
    const hasSameDigest = document.digest === previous?.digest;
    this.#options.onChange(null, { ...versions, hasSameDigest });
  }
}
