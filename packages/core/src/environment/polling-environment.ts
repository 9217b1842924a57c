/**
 * The environment document of a runtime with background timers (Node.js, Deno, Bun).
 *
 * States:
 * - Idle: the first call starts the first load.
 * - First load: calls wait for it, each until its own deadline. A stored document that is younger than
 *   the interval replaces the request to the API. An older one is kept aside: it is used if the API
 *   fails, or if a call would otherwise reach its deadline.
 * - First load failed: calls fail immediately with that error. Loads are retried after 1, 2, 4 … s, up
 *   to the interval.
 * - Loaded: calls are answered from memory. A timer reloads the document after the interval, or after
 *   the longer safety interval while realtime updates report every change. A reload that fails keeps
 *   the document.
 * - Refused (401, 403, or a permission that the runtime denies): loading stops until
 *   `updateEnvironment()`. A document in memory is still used.
 * - Closed: the timer and the load in flight are cancelled. A document in memory is still used.
 *
 * At most one load is in flight, and all callers share it. A call that stops waiting does not end it.
 */

import { closedError, FlagsmithAPIError, type FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { RealtimeUpdates } from "../realtime/realtime-updates.ts";
import type { LoadedEnvironment } from "./document-source.ts";
import type { Environment, EnvironmentProvider } from "./environment.ts";
import { createDeadlineError, isRefusal, logLoadFailure, toLoadFailure } from "./load-failure.ts";
import { type PollingOptions, PollSchedule } from "./poll-schedule.ts";

/** Keeps the environment fresh by polling the API. See the head of this file. */
export class PollingEnvironment implements EnvironmentProvider {
  readonly #options: PollingOptions;
  readonly #schedule: PollSchedule;
  readonly #realtime: RealtimeUpdates | undefined;
  #loaded: LoadedEnvironment | undefined;
  /** A stored document that is too old to be used while the API may still answer. */
  #stale: LoadedEnvironment | undefined;
  /** The load in flight. Never rejects. */
  #loading: Promise<void> | undefined;
  /** The error of the last load, unless it succeeded. */
  #failure: FlagsmithClientError | undefined;
  #isClosed = false;
  #closing: AbortController | undefined;

  constructor(options: PollingOptions) {
    this.#options = options;
    this.#schedule = new PollSchedule(options, (poll) => void this.#load(poll));
    this.#realtime = options.createRealtimeUpdates?.({
      current: () => this.current(),
      idle: async () => this.#loading,
      load: (reload) => this.#loadForRealtime(reload),
      onFallingBehind: () => this.#schedule.endSafetyInterval(),
    });
  }

  current(): Environment | undefined {
    return this.#loaded?.environment;
  }

  async ready(call: Call): Promise<Environment> {
    // After a failed first load no call waits: the retries run in the background.
    if (this.#loaded === undefined && this.#failure === undefined && !this.#isClosed) {
      const onExpiry = () => {
        this.#adoptStale();
        if (this.#loaded === undefined) throw createDeadlineError();
      };
      await this.#waitFor(call, { onExpiry, work: () => this.#load() });
    }
    if (this.#loaded !== undefined) return this.#loaded.environment;
    if (this.#isClosed || this.#failure === undefined) throw closedError();
    throw this.#failure;
  }

  async update(call: Call): Promise<void> {
    if (this.#isClosed) throw closedError();
    const onExpiry = () => {
      throw createDeadlineError();
    };
    const work = async () => {
      // The load in flight may have started before the change that the caller knows of.
      await this.#loading;
      this.#realtime?.resume();
      await this.#load({ isUnconditional: true });
    };
    await this.#waitFor(call, { onExpiry, work });
    if (this.#isClosed) throw closedError();
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    this.#isClosed = true;
    this.#loaded ??= this.#stale;
    this.#schedule.close();
    this.#realtime?.stop();
    this.#closing?.abort();
  }

  #waitFor(
    call: Call,
    { work, onExpiry }: { readonly work: () => Promise<void>; readonly onExpiry: () => void },
  ): Promise<void> {
    const { timers } = this.#options;
    const limitMs = remainingMs(call, timers);
    return within({ timers, limitMs, signal: call.signal, onExpiry }, work);
  }

  /** Starts a load, or joins the one in flight. */
  #load(
    options: { readonly isUnconditional: boolean } = { isUnconditional: false },
  ): Promise<void> {
    this.#loading ??= this.#run(options.isUnconditional).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadForRealtime(options: { readonly isUnconditional: boolean }): Promise<boolean> {
    // The next poll waits for the same backoff and will load the change.
    if (this.#isClosed || this.#schedule.isBlocked) return false;
    await this.#load(options);
    return !this.#isClosed && this.#failure === undefined;
  }

  async #run(isUnconditional: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#closing = new AbortController();
    const { timers, deadlineMs } = this.#options;
    const call = { signal: this.#closing.signal, deadlineAt: timers.now() + deadlineMs };
    try {
      const isStoredUsed = this.#loaded === undefined && (await this.#readStored(call));
      if (isStoredUsed && !isUnconditional) return;
      await this.#loadFromApi(call, isUnconditional);
      this.#succeed();
    } catch (error) {
      if (!this.#isClosed) this.#fail(error);
    }
  }

  /** Reads the storage. Returns whether the document is young enough to be used instead of the API's. */
  async #readStored(call: Call): Promise<boolean> {
    const { source, timers, intervalMs } = this.#options;
    this.#stale = await source.readStored(undefined, call);
    if (this.#stale === undefined) return false;
    const ageMs = timers.now() - this.#stale.freshness.fetchedAt;
    if (ageMs < 0 || ageMs >= intervalMs) return false;
    this.#adopt(this.#stale);
    this.#schedule.scheduleIn(intervalMs - ageMs);
    this.#followChanges();
    return true;
  }

  async #loadFromApi(call: Call, isUnconditional: boolean): Promise<void> {
    this.#schedule.cancel();
    const known = isUnconditional ? undefined : (this.#loaded ?? this.#stale);
    const { loaded, write } = await this.#options.source.load(known, call);
    if (this.#isClosed) return;
    const isKnown = loaded.environment === known?.environment;
    // Processes read the storage only until they have a document, so an unchanged one is not written again.
    if (!isKnown) void write(call);
    if (loaded.environment === this.#loaded?.environment) this.#loaded = loaded;
    else this.#adopt(loaded);
  }

  #adopt(loaded: LoadedEnvironment): void {
    this.#loaded = loaded;
    this.#stale = undefined;
    this.#options.onChange(null, { updatedAt: loaded.environment.updatedAt });
  }

  #adoptStale(): void {
    if (this.#loaded === undefined && this.#stale !== undefined) this.#adopt(this.#stale);
  }

  #followChanges(): void {
    if (this.#loaded !== undefined && !this.#isClosed) {
      this.#realtime?.follow(this.#loaded.environment);
    }
  }

  #succeed(): void {
    this.#failure = undefined;
    this.#followChanges();
    this.#schedule.succeeded({ isSafetyPoll: this.#realtime?.isKeepingUp() ?? false });
  }

  #fail(thrown: unknown): void {
    const { logger, onChange } = this.#options;
    const failure = toLoadFailure(thrown);
    this.#failure = failure;
    this.#adoptStale();
    onChange(failure, { updatedAt: this.#loaded?.environment.updatedAt });

    const hasDocument = this.#loaded !== undefined;
    logLoadFailure(logger, failure, hasDocument);
    if (isRefusal(failure)) {
      this.#schedule.refused();
      this.#realtime?.stop();
      return;
    }
    const { retryAfterMs = 0 } = failure instanceof FlagsmithAPIError ? failure : {};
    this.#schedule.failed({ hasDocument, retryAfterMs });
  }
}
