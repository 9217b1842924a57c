/**
 * The environment document of the API, on every runtime.
 *
 * States, by the age of the document since it was last known to be the latest:
 * - Empty: calls start or join the first load and wait for it. After a failure they wait for at most 1 s,
 *   or not at all during the backoff.
 * - Fresh: calls are answered from memory, without a promise.
 * - Due (one interval): the timer starts a refresh. Without timers, the next call does.
 * - Overdue (two intervals): a call starts a refresh or joins a young one, and waits for at most 1 s.
 * - Closed: nothing is loaded. Calls are answered from memory.
 *
 * A load reads the storage, then asks the API unless another process has just done so. Failures postpone the
 * next load: by a backoff, by `Retry-After`, or by a longer pause after a refusal (401, 403).
 *
 * Two capabilities of the platform change this. Without timers between requests, calls start the refreshes
 * and read the storage in time. Without `waitUntil`, such a load ends with its request, so the call waits for
 * it. Without shared promises, calls look at the stage of another request's load every 50 ms.
 */

import { closedError, FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { Logger } from "../platform/logger.ts";
import type { Timers, WaitUntil } from "../platform/platform.ts";
import type { FollowedEnvironment } from "../realtime/change-tracker.ts";
import type { RealtimeUpdates } from "../realtime/realtime-updates.ts";
import type { ChangeReporter } from "./changed-features.ts";
import {
  compareDocuments,
  type DocumentVersion,
  isRestored,
  type OlderDocuments,
} from "./document-order.ts";
import type { ApiDocument, DocumentSource, LoadedDocument } from "./document-source.ts";
import type { Environment, EnvironmentProvider, UpdateOptions } from "./environment.ts";
import { Load } from "./load.ts";
import { createDeadlineError, isRefusal, logLoadFailure, toLoadFailure } from "./load-failure.ts";
import { maxPatienceMs, RefreshSchedule } from "./refresh-schedule.ts";
import { isLater } from "./timestamps.ts";

/** How long a call with an answer, or after a failure, waits for a load. */
const maxCallWaitMs = 1000;

/** A document of this many intervals is not used without waiting for the API. */
const maxServedIntervals = 10;

/** The least time before a second write. Workers KV accepts one write per second for each key. */
const minRewriteDelayMs = 1000;

/** How long `updateEnvironment()` and `close()` wait for the storage if timers run between requests. */
const maxStoreWaitMs = 2000;

interface LiveOptions {
  readonly source: DocumentSource;
  readonly timers: Timers;
  readonly sharesPromises: boolean;
  readonly logger: Required<Logger>;
  readonly onChange: ChangeReporter;
  readonly redact: (text: string) => string;
  readonly intervalMs: number;
  /** The interval while realtime updates report every change. */
  readonly safetyIntervalMs: number;
  /** The time between two reads of the storage. `Infinity` without a storage. */
  readonly storageCheckMs: number;
  /** The timeout of one attempt. */
  readonly timeoutMs: number;
  /** The deadline of one load, with all attempts, pages and waits. */
  readonly deadlineMs: number;
  /** Missing if only loads detect changes. */
  readonly createRealtimeUpdates?:
    | ((environment: FollowedEnvironment) => RealtimeUpdates)
    | undefined;
}

/** Keeps the environment fresh. See the head of this file. */
export class LiveEnvironment implements EnvironmentProvider {
  readonly #options: LiveOptions;
  readonly #timers: Timers;
  readonly #schedule: RefreshSchedule;
  readonly #realtime: RealtimeUpdates | undefined;
  #held: LoadedDocument | undefined;
  /** The last document that the API returned to this process. */
  #latest: (DocumentVersion & Pick<Environment, "key" | "id">) | undefined;
  #older: OlderDocuments | undefined;
  /** The error of the last load, unless it succeeded. */
  #failure: FlagsmithClientError | undefined;
  #loads = 0;
  #isClosed = false;
  /** Created with the first load, because a Worker may not create it at its start. */
  #closing: AbortController | undefined;
  /** The last write to the storage. Never rejects. */
  #storing: Promise<void> | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#timers = options.timers;
    this.#schedule = new RefreshSchedule(options, () => void this.#start());
    this.#realtime = options.createRealtimeUpdates?.({
      current: () => this.#held?.environment,
      idle: async () => void (await this.#waitForAnswer(this.#schedule.inFlight)),
      load: () => this.#loadForRealtime(),
      onFallingBehind: () => this.#schedule.endSafetyInterval(),
    });
  }

  current(): Environment | undefined {
    const isFresh = this.#timers.monotonicNow() < this.#schedule.freshUntil;
    return isFresh ? this.#held?.environment : undefined;
  }

  peek(waitUntil: WaitUntil | undefined): Environment | undefined {
    const schedule = this.#schedule;
    const isDue =
      this.#held === undefined
        ? !schedule.isBlocked
        : this.#hasTimer
          ? schedule.isOverdue
          : schedule.isDue || schedule.isStorageDue;
    const call = { signal: undefined, deadlineAt: Number.POSITIVE_INFINITY, waitUntil };
    if (!this.#isClosed && isDue && schedule.inFlight === undefined && this.#canOutlive(call)) {
      this.#start(call);
    }
    return this.#held?.environment;
  }

  async ready(call: Call): Promise<Environment> {
    if (!this.#isClosed) {
      if (this.#held === undefined) await this.#loadFirst(call);
      else await this.#refresh(call);
      if (call.waitsFor === "api") await this.#confirm(call);
    }
    if (this.#held !== undefined) return this.#held.environment;
    if (this.#isClosed) throw closedError();
    throw this.#failure ?? createDeadlineError();
  }

  async update(call: Call, { acceptOlder = false }: UpdateOptions = {}): Promise<void> {
    const { sharesPromises } = this.#options;
    const before = this.#loads;
    const serves = (load: Load) => load.number > before && (load.acceptsOlder || !acceptOlder);
    this.#realtime?.resume();
    for (;;) {
      if (this.#isClosed) throw closedError();
      const inFlight = this.#schedule.inFlight;
      // The refresh of another request may have been cancelled, so only updates wait for each other.
      const isJoined = inFlight !== undefined && (sharesPromises || inFlight.isForced);
      const load = isJoined
        ? inFlight
        : this.#start(call, { isForced: true, acceptsOlder: acceptOlder });
      const isAnswered = () => load.has("answered");
      const halfMs =
        sharesPromises || !isJoined
          ? Number.POSITIVE_INFINITY
          : remainingMs(call, this.#timers) / 2;
      const hasEnded = await this.#wait(load, isAnswered, call, {
        isOwn: !isJoined,
        maxMs: halfMs,
      });
      if (!hasEnded && isJoined && !sharesPromises) this.#schedule.ended(load);
      else if (!hasEnded) throw createDeadlineError();
      else if (serves(load)) return this.#finishUpdate(load, call, !isJoined);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#schedule.close();
    this.#realtime?.stop();
    // Otherwise the abort would reach into another request.
    if (!this.#options.sharesPromises) return;
    this.#closing?.abort();
    const onExpiry = () =>
      this.#options.logger.warn("close() did not wait for the storage any longer.");
    const limit = { timers: this.#timers, limitMs: maxStoreWaitMs, signal: undefined, onExpiry };
    if (this.#storing !== undefined) await within<unknown>(limit, () => this.#storing);
  }

  /** Waits until there is a document, or the load has failed. */
  async #loadFirst(call: Call): Promise<void> {
    const schedule = this.#schedule;
    const isEnded = (load: Load) => this.#held !== undefined || load.has("answered");
    const other = schedule.inFlight;
    // Only the first load is worth a long wait, and `ready()` has nothing else to do.
    const isPatient = this.#failure === undefined || call.waitsFor !== undefined;
    const computeMaxMs = (load: Load) =>
      isPatient ? Number.POSITIVE_INFINITY : this.#computeLeftMs(load);
    if (other !== undefined) {
      // The other half is left for a load of its own, in case the other request was cancelled.
      const halfMs = this.#options.sharesPromises
        ? Number.POSITIVE_INFINITY
        : remainingMs(call, this.#timers) / 2;
      const maxMs = Math.min(computeMaxMs(other), halfMs);
      if ((await this.#wait(other, () => isEnded(other), call, { maxMs })) || !isPatient) return;
      if (this.#options.sharesPromises) return;
    }
    // During a backoff only the storage is read.
    if (schedule.isBlocked && !schedule.isStorageDue) return;
    const load = this.#start(call);
    await this.#wait(load, () => isEnded(load), call, { isOwn: true, maxMs: computeMaxMs(load) });
    if (this.#held !== undefined && !this.#isServable(call)) {
      await this.#waitForAnswer(load, call, maxCallWaitMs, true);
    }
    if (!this.#canOutlive(call) && load.has("answered")) await this.#waitForStorage(load, call);
  }

  /** Starts or joins a refresh if the document is due or overdue, and waits for it as long as necessary. */
  async #refresh(call: Call): Promise<void> {
    const schedule = this.#schedule;
    let load = schedule.inFlight;
    let isOwn = false;
    const start = () => {
      isOwn = true;
      return this.#start(call);
    };
    if (load === undefined && !this.#hasTimer && schedule.isStorageDue) {
      load = start();
      const looked = load;
      await this.#wait(load, () => looked.has("looked"), call, { isOwn, maxMs: maxCallWaitMs });
      if (!schedule.isDue) return;
    }
    if (load === undefined || (!isOwn && this.#isLost(load))) {
      if (!schedule.isDue || (this.#hasTimer && !schedule.isOverdue)) return;
      load = start();
    }
    if (load.has("answered") || (this.#isServable(call) && (isOwn || !schedule.isOverdue))) return;
    if (!isOwn && !schedule.isOverdue) return;
    if (isOwn && !this.#canOutlive(call)) await this.#waitPatiently(load, call);
    else if (!this.#isServable(call))
      await this.#waitForAnswer(load, call, this.#computeLeftMs(load), isOwn);
  }

  /** Waits for a refresh that ends with its request. */
  async #waitPatiently(load: Load, call: Call): Promise<void> {
    const maxMs = this.#schedule.patienceMs;
    if (await this.#waitForAnswer(load, call, maxMs, true)) return this.#waitForStorage(load, call);
    this.#schedule.timedOut();
    this.#options.logger.warn(
      "The environment could not be refreshed within a request: pass a waitUntil to forRequest().",
    );
  }

  /** Waits until the API has returned a document to this process. */
  async #confirm(call: Call): Promise<void> {
    while (this.#latest === undefined) {
      const other = this.#options.sharesPromises ? this.#schedule.inFlight : undefined;
      const load = other ?? this.#start(call, { isForced: true });
      if (!(await this.#waitForAnswer(load, call, Number.POSITIVE_INFINITY, true)))
        throw createDeadlineError();
      if (load.failure !== undefined) throw load.failure;
    }
  }

  async #finishUpdate(load: Load, call: Call, isOwn: boolean): Promise<void> {
    if (load.failure !== undefined) throw load.failure;
    const maxMs = this.#hasTimer ? maxStoreWaitMs : Number.POSITIVE_INFINITY;
    const isDone = await this.#wait(load, () => load.has("done"), call, { isOwn, maxMs });
    if (isDone && load.isStored) return;
    if (this.#hasTimer) {
      if (!isDone) this.#options.logger.warn("The storage did not accept the environment in time.");
      return;
    }
    throw new FlagsmithClientError(
      "STORAGE_FAILED",
      "The environment was loaded but could not be written to the storage, so other isolates will not see it.",
    );
  }

  async #loadForRealtime(): Promise<boolean> {
    // The next load waits for the same backoff and will bring the change.
    if (this.#isClosed || this.#schedule.isBlocked) return false;
    const load = this.#schedule.inFlight ?? this.#start(undefined, { isForced: true });
    await this.#waitForAnswer(load);
    return !this.#isClosed && load.failure === undefined;
  }

  /** Starts a load. It does not depend on the deadline or the signal of the call that starts it. */
  #start(call?: Call, options?: { isForced?: boolean; acceptsOlder?: boolean }): Load {
    const load = new Load(++this.#loads, this.#timers.monotonicNow(), options);
    // A first load that ends with its request must not keep others from loading.
    const isReliable = this.#hasTimer || call?.waitUntil !== undefined;
    if (isReliable || load.isForced || this.#held || this.#failure) this.#schedule.started(load);
    if (load.isForced) this.#schedule.checkedStorage();
    const work = this.#run(load);
    call?.waitUntil?.(work);
    return load;
  }

  /** Never rejects. */
  async #run(load: Load): Promise<void> {
    const { sharesPromises, deadlineMs } = this.#options;
    if (sharesPromises) this.#closing ??= new AbortController();
    const signal = this.#closing?.signal;
    const call = { signal, deadlineAt: load.startedAt + deadlineMs };
    try {
      const isFound = !load.isForced && (await this.#look(load, call));
      if (!isFound && !this.#isClosed) await this.#ask(load, call);
    } catch (error) {
      this.#fail(load, error);
    } finally {
      load.reach("done");
      this.#schedule.ended(load);
    }
  }

  /** Reads the storage. Returns whether the API need not, or must not, be asked. */
  async #look(load: Load, call: Call): Promise<boolean> {
    const { source, storageCheckMs } = this.#options;
    const schedule = this.#schedule;
    if (this.#held === undefined) this.#adoptStored(await source.readBootstrap());
    if (storageCheckMs !== Number.POSITIVE_INFINITY && schedule.isStorageReadable) {
      let hasTimedOut = false;
      // Also set before the read, so that concurrent requests do not read the storage as well.
      schedule.checkedStorage();
      const stored = await source.readStored(this.#held, call, () => {
        hasTimedOut = true;
      });
      schedule.checkedStorage({ hasTimedOut });
      if (this.#isClosed) return true;
      this.#adoptStored(stored);
      load.reach("looked");
    }
    return this.#held === undefined ? schedule.isBlocked : !schedule.isDue;
  }

  #adoptStored(stored: LoadedDocument | undefined): void {
    const held = this.#held;
    if (stored === undefined || !this.#isSameEnvironment(stored.environment)) return;
    const isNewer =
      held === undefined ||
      stored.fetchedAt > held.fetchedAt ||
      isLater(stored.environment.updatedAt, held.environment.updatedAt);
    if (!isNewer) return;
    const ageMs = Math.max(0, this.#timers.now() - stored.fetchedAt);
    this.#schedule.found({ ageMs, isFirst: held === undefined });
    this.#adopt(stored);
    if (held === undefined) this.#follow();
  }

  /** Asks the API, and stores its document. */
  async #ask(load: Load, call: Call): Promise<void> {
    const { source, timers, intervalMs } = this.#options;
    const loaded = await source.load(this.#held, call);
    if (this.#isClosed) return;
    if (!this.#isSameEnvironment(loaded.environment)) throw createForeignDocumentError();
    const version = { ...loaded, ...loaded.environment };
    const order = compareDocuments(this.#latest, version);
    const now = timers.monotonicNow();
    if (order === "older") {
      const { since, count } = this.#older ?? { since: now, count: 0 };
      this.#older = { since, count: count + 1 };
      if (count === 0) this.#logOlder(loaded);
    } else if (order !== "late") this.#older = undefined;
    const isKept =
      order === "same" ||
      order === "newer" ||
      (this.#older !== undefined &&
        order === "older" &&
        (load.acceptsOlder || isRestored(this.#older, { now, intervalMs })));
    if (isKept) {
      this.#older = undefined;
      this.#latest = version;
      this.#adopt(loaded);
    }
    this.#succeed(now - loaded.sentAt);
    load.reach("answered");
    this.#schedule.ended(load);
    if (!isKept) return;
    const storing = this.#store(load, loaded);
    this.#storing = storing;
    await storing;
  }

  async #store(load: Load, loaded: ApiDocument): Promise<void> {
    const { source, timers, deadlineMs } = this.#options;
    const call = { signal: undefined, deadlineAt: timers.monotonicNow() + deadlineMs };
    load.isStored = await source.store(loaded, call);
    // Other isolates depend on the storage, and there is no later load that would repeat the write.
    if (load.isStored || this.#hasTimer || !load.isForced) return;
    await timers.sleep(minRewriteDelayMs * (1 + Math.random()));
    load.isStored = await source.store(loaded, call);
  }

  #adopt(loaded: LoadedDocument): void {
    const previous = this.#held;
    this.#held = loaded;
    if (loaded.digest === previous?.digest) return;
    const versions = { previous: previous?.environment, current: loaded.environment };
    this.#options.onChange(null, versions);
  }

  #succeed(ageMs: number): void {
    if (this.#failure && isRefusal(this.#failure)) {
      this.#options.logger.info("The environment is loaded again.");
    }
    this.#failure = undefined;
    this.#follow();
    this.#schedule.loaded({ ageMs, isSafe: this.#realtime?.isKeepingUp() ?? false });
  }

  #follow(): void {
    if (this.#held !== undefined && !this.#isClosed) this.#realtime?.follow(this.#held.environment);
  }

  #fail(load: Load, thrown: unknown): void {
    const { logger, onChange, redact } = this.#options;
    if (this.#isClosed) {
      load.failure = closedError();
      return;
    }
    const failure = toLoadFailure(thrown, redact);
    const wasRefused = this.#failure !== undefined && isRefusal(this.#failure);
    const hasDocument = this.#held !== undefined;
    load.failure = failure;
    this.#failure = failure;
    const { retryAfterMs = 0 } = failure instanceof FlagsmithAPIError ? failure : {};
    this.#schedule.failed({ hasDocument, isRefused: isRefusal(failure), retryAfterMs });
    logLoadFailure(logger, failure, { hasDocument, wasRefused });
    if (isRefusal(failure)) this.#realtime?.stop();
    const current = this.#held?.environment;
    onChange(failure, { previous: current, current });
  }

  /** The API alone determines which environment this is. */
  #isSameEnvironment({ key, id }: Environment): boolean {
    const latest = this.#latest;
    return latest === undefined || (latest.key === key && latest.id === id);
  }

  #logOlder({ environment }: LoadedDocument): void {
    this.#options.logger.info(
      `The API returned an older environment document (${environment.updatedAt}), which is not used yet.`,
    );
  }

  get #hasTimer(): boolean {
    return this.#timers.after !== undefined;
  }

  /** Whether a load that this call starts goes on after the call. */
  #canOutlive(call: Call): boolean {
    return this.#hasTimer || call.waitUntil !== undefined;
  }

  /** Whether the call may use the document in memory without waiting for the load in flight. */
  #isServable(call: Call): boolean {
    const schedule = this.#schedule;
    if (this.#held === undefined || !this.#canOutlive(call)) return false;
    if (
      this.#latest === undefined &&
      this.#timers.now() - this.#held.fetchedAt >= maxServedIntervals * this.#options.intervalMs
    ) {
      return false;
    }
    if (!schedule.isOverdue) return true;
    return call.waitUntil !== undefined && !schedule.isOlderThan(maxServedIntervals);
  }

  /** Whether the process was stopped while this load was in flight, so that its connection may be dead. */
  #isLost(load: Load): boolean {
    return this.#schedule.isOverdue && this.#computeAgeMs(load) >= this.#options.timeoutMs;
  }

  #computeAgeMs(load: Load): number {
    return this.#timers.monotonicNow() - load.startedAt;
  }

  /** The rest of the second that calls wait for a load. */
  #computeLeftMs(load: Load): number {
    return maxCallWaitMs - this.#computeAgeMs(load);
  }

  async #waitForAnswer(
    load: Load | undefined,
    call: Call = { signal: undefined, deadlineAt: Number.POSITIVE_INFINITY },
    maxMs: number = this.#options.deadlineMs,
    isOwn = false,
  ): Promise<boolean> {
    return (
      load === undefined || this.#wait(load, () => load.has("answered"), call, { isOwn, maxMs })
    );
  }

  /** Waits for the write of a load that ends with its request. */
  async #waitForStorage(load: Load, call: Call): Promise<void> {
    await this.#wait(load, () => load.has("done"), call, { isOwn: true, maxMs: maxPatienceMs });
  }

  #wait(
    load: Load,
    condition: () => boolean,
    call: Call,
    { maxMs, isOwn = false }: { readonly maxMs: number; readonly isOwn?: boolean },
  ): Promise<boolean> {
    const isShared = isOwn || this.#options.sharesPromises;
    return load.waitFor(condition, { call, timers: this.#timers, maxMs, isShared });
  }
}

function createForeignDocumentError(): FlagsmithAPIError {
  const message =
    "The API returned the document of another environment, which is not used: check apiUrl.";
  return new FlagsmithAPIError("INVALID_RESPONSE", message, { status: 200 });
}
