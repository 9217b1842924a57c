import type { LoadDocument } from "../api/document-api.ts";
import { createClosedError, FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import { type Call, minFreezeMs } from "../http/call.ts";
import { isRenderSignal } from "../http/render-signal.ts";
import { describeUnexpected } from "../platform/guard.ts";
import type { RealtimeUpdates } from "../realtime/realtime-updates.ts";
import { CurrentDocument, type CurrentOptions } from "./current-document.ts";
import type { DocumentSource } from "./document-source.ts";
import type { WriteResult } from "./document-store.ts";
import type { ApiDocument, CompiledDocument, DocumentFacts } from "./environment.ts";
import type { Fleet } from "./fleet.ts";
import type { FollowedLoader } from "./followed-environment.ts";
import { Load, type LoadOptions, type LoadStart } from "./load.ts";
import { RefreshSchedule, type ScheduleOptions } from "./refresh-schedule.ts";
import { isRefusal, type StatusTracker } from "./status.ts";
import { isLater } from "./timestamps.ts";

/** The least time before a second write. Workers KV accepts one write per second for each key. */
const minRewriteDelayMs = 1000;

/** How long `updateEnvironment()` and `close()` wait for the storage if timers run between requests. */
const maxStoreWaitMs = 2000;

/** The parts and limits of a {@link DocumentLoader}. */
export interface LoaderOptions extends ScheduleOptions, LoadOptions, CurrentOptions {
  readonly source: DocumentSource;
  /** Loads the document for a call of the user. Unlike the source, it keeps the process alive. */
  readonly loadDocument: LoadDocument;
  /** The timeout of one attempt. */
  readonly timeoutMs: number;
  readonly redact: (text: string) => string;
  readonly status: StatusTracker;
  /** Missing if only loads detect changes. */
  readonly createRealtimeUpdates?: ((loader: FollowedLoader) => RealtimeUpdates) | undefined;
  /** Returns `undefined` if nothing runs between requests. */
  readonly createFleet?: (loader: FollowedLoader) => Fleet | undefined;
}

/**
 * Loads the environment document: from the storage, then from the API unless another process has just done so.
 *
 * The timer of the schedule, calls and realtime updates start the loads. Loads may overlap.
 */
export class DocumentLoader {
  readonly current: CurrentDocument;
  readonly schedule: RefreshSchedule;
  readonly realtime: RealtimeUpdates | undefined;
  readonly fleet: Fleet | undefined;
  /** The error of the last load, unless it succeeded. Only this class sets it. */
  failure: FlagsmithClientError | undefined;
  readonly #options: LoaderOptions;
  #hasStarted = false;
  /** Missing without shared promises, because the abort would reach into another request. */
  readonly #closing: AbortController | undefined;
  /** The last load that writes to the storage. */
  #storing: Load | undefined;

  constructor(options: LoaderOptions) {
    this.#options = options;
    if (options.sharesPromises) this.#closing = new AbortController();
    if (options.loadsOnce) {
      options.logger.info(
        "environmentRefreshIntervalSeconds is 0: the environment is loaded once.",
      );
    }
    this.current = new CurrentDocument(options);
    this.schedule = new RefreshSchedule(options, () => void this.start());
    this.realtime = options.createRealtimeUpdates?.(this);
    this.fleet = options.createFleet?.(this);
  }

  /** Starts a load. It does not depend on the deadline or the signal of the call that starts it. */
  start(options?: LoadStart): Load {
    this.fleet?.changes?.start();
    this.#hasStarted = true;
    const load = new Load(this.#options, options);
    const { call, isForced } = load;
    // A first load that ends with its request must not keep others from loading.
    const isReliable = this.#options.timers.after !== undefined || call?.waitUntil !== undefined;
    if (isReliable || isForced || this.current.value || this.failure) this.schedule.started(load);
    const work = this.#run(load);
    call?.waitUntil?.(work);
    this.#options.status.check();
    return load;
  }

  /** The facts that `status()` reports. */
  facts(): DocumentFacts {
    const facts = this.current.facts();
    return {
      ...facts,
      hasStarted: this.#hasStarted,
      staleInMs: facts.ageMs === undefined ? 0 : this.schedule.overdueMs - facts.ageMs,
      realtime: this.realtime && (this.realtime.isOpen ? "open" : "closed"),
    };
  }

  /** Stops all loads. Resolves when the document is stored, or after 2 s with a warning. */
  async close(): Promise<void> {
    this.schedule.close();
    this.realtime?.stop();
    this.fleet?.stop();
    if (!this.#closing) return;
    this.#closing.abort();
    if (this.#storing) await this.waitForWrite(this.#storing);
  }

  /**
   * Waits for the write of a load. Resolves to whether it has ended. If timers run between requests, and at `close()`,
   * it continues after 2 s, with a warning.
   */
  async waitForWrite(load: Load, call?: Call): Promise<boolean> {
    const { timers, logger } = this.#options;
    const maxMs = call && !timers.after ? undefined : maxStoreWaitMs;
    const hasEnded = await load.waitFor("stored", { call, maxMs });
    if (!hasEnded && maxMs !== undefined) {
      logger.warn("The storage did not accept the environment within 2 s. The write continues.");
    }
    return hasEnded;
  }

  /** Never rejects. */
  async #run(load: Load): Promise<void> {
    const deadlineAt = load.startedAt + this.#options.deadlineMs;
    const call = { signal: this.#closing?.signal, deadlineAt, isBackground: !load.call };
    try {
      const isNeeded = await this.#needsRequest(load, call);
      if (isNeeded && !this.schedule.isClosed) await this.#request(load, call);
    } catch (error) {
      this.#fail(load, error);
    } finally {
      load.reach("stored");
      this.schedule.ended(load);
      // A load refers to the call that has started it, and so to its request.
      if (this.#storing === load) this.#storing = undefined;
    }
  }

  /** Reads the storage, unless the load is forced. Resolves to whether to ask the API. */
  async #needsRequest(load: Load, call: Call): Promise<boolean> {
    const { source, intervalMs, sharesPromises } = this.#options;
    const { schedule } = this;
    await source.readBootstrap(call, (bootstrap) => {
      // Due immediately, so that the API is asked.
      if (this.current.value === undefined) this.#adoptStored(bootstrap, intervalMs);
      // It was late. The storage has been read, so calls need not wait any longer.
      if (load.has("storageRead")) ((sharesPromises && schedule.inFlight) || load).wake();
    });
    if (!load.isForced && schedule.isStorageReadable) {
      const isInTime = await source.readStored(this.current, call, (stored) => {
        this.#adoptStored(stored);
        load.wake();
      });
      schedule.checkedStorage(isInTime);
    }
    load.reach("storageRead");
    if (load.isForced) return true;
    if (this.current.value === undefined) return !schedule.isBlocked;
    if (!schedule.isDue) return false;
    if (schedule.age === "expired" || !schedule.isFollower) return true;
    // Only one process takes over if the one that loaded the document last is gone.
    const mayLoad = (await this.fleet?.mayLoad()) ?? true;
    if (!mayLoad) schedule.postponed();
    return mayLoad;
  }

  #adoptStored(
    stored: CompiledDocument,
    ageMs: number = Math.max(0, this.#options.timers.now() - stored.fetchedAt),
  ): void {
    const { current } = this;
    if (this.schedule.isClosed || !current.isReplacedBy(stored)) return;
    const { status, intervalMs } = this.#options;
    const isFirst = !current.value;
    this.schedule.found({ ageMs, isFirst });
    current.adoptStored(stored, ageMs);
    // A refusal may have closed the stream, and another process be the one that loads from now on.
    this.realtime?.follow(stored.environment);
    // Another process has reached the API.
    if (ageMs < intervalMs) status.succeeded();
    else status.check();
  }

  /** Loads the document from the API, and stores it. */
  async #request(load: Load, call: Call): Promise<void> {
    const { schedule } = this;
    const replaced = this.current.value;
    const { loaded, text } = await this.#options.source.load(call);
    if (this.schedule.isClosed) throw createClosedError();
    const isUsed = this.current.adoptLoaded(loaded, load.acceptsOlder);
    if (load.isForced && schedule.isStorageReadable) schedule.checkedStorage();
    this.#succeed();
    load.reach("loaded");
    // A slow storage must not delay the next load.
    schedule.ended(load);
    if (!isUsed) return;
    this.#storing = load;
    const result = await this.#store(load, loaded, text);
    load.reach("stored");
    // The storage may have an older document than this process, for example after a write that failed.
    const isChange = result === "replaced" || (replaced && replaced.digest !== loaded.digest);
    if (!isChange || !load.isStored) return;
    // A call asks for a change of its own. Other loads may follow up an announcement.
    const isNew =
      load.call !== undefined ||
      isLater(loaded.environment.updatedAt, replaced?.environment.updatedAt);
    await this.fleet?.changes?.publish(loaded.digest, isNew);
  }

  async #store(load: Load, loaded: ApiDocument, text: string): Promise<WriteResult> {
    const { source, timers, deadlineMs } = this.#options;
    const call = { signal: undefined, deadlineAt: timers.monotonicNow() + deadlineMs };
    let result = await source.store(loaded, text, call);
    // Other isolates depend on the storage, and there is no later load that would repeat the write.
    if (result === "failed" && timers.after === undefined && load.isForced) {
      await timers.sleep(minRewriteDelayMs * (1 + Math.random()));
      result = await source.store(loaded, text, call);
    }
    load.isStored = result !== "failed";
    return result;
  }

  #succeed(): void {
    const { environment, ageMs = 0 } = this.current.facts();
    if (this.failure) this.#options.logger.info("The environment is loaded again.");
    this.failure = undefined;
    if (environment) this.realtime?.follow(environment);
    this.schedule.loaded({ ageMs, isSafe: this.realtime?.isKeepingUp() ?? false });
    this.#options.status.succeeded();
  }

  #fail(load: Load, thrown: unknown): void {
    const { logger, onChange, redact, status, deadlineMs } = this.#options;
    if (this.schedule.isClosed) {
      load.failure = createClosedError();
      return;
    }
    // In both cases the API did not fail, so calls may start another load immediately.
    if (isRenderSignal(thrown)) {
      // Only the call that started the load receives it.
      load.failure = thrown;
      this.schedule.interrupted();
      return;
    }
    const failure = toLoadFailure(thrown, redact);
    load.failure = failure;
    if (load.ageMs > deadlineMs + minFreezeMs) {
      logger.debug("A frozen load is given up.");
      return;
    }
    const current = this.current.value?.environment;
    const { retryAfterMs = 0 } = failure instanceof FlagsmithAPIError ? failure : {};
    const hasDocument = current !== undefined;
    const isRefused = isRefusal(failure);
    const problem = hasDocument
      ? "The environment could not be refreshed"
      : "Flags could not be loaded";
    if (!isRefused) logger.warn(`${problem}: ${failure.message}`);
    else if (!isRefusal(this.failure)) {
      // Logged once, because refusals last.
      logger.error(`${problem}: ${failure.message} Loading continues at a slower rate.`);
    }
    this.failure = failure;
    this.schedule.failed({ hasDocument, isRefused, retryAfterMs });
    if (isRefused) this.realtime?.stop();
    onChange(failure, { previous: current, current });
    status.failed(failure);
  }
}

/** Converts what a load threw to an SDK error. `redact` removes the client's secrets. */
function toLoadFailure(thrown: unknown, redact: (text: string) => string): FlagsmithClientError {
  if (thrown instanceof FlagsmithClientError) return thrown;
  // A bug in the SDK or in a platform must not end the user's process.
  const message = `Loading the environment failed with ${describeUnexpected(thrown, redact)}.`;
  return new FlagsmithClientError("NO_ENVIRONMENT", message);
}
