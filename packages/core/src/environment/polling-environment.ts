import { closedError, FlagsmithAPIError, type FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { EnvironmentChangeHandler } from "../options/options.ts";
import type { Logger } from "../platform/logger.ts";
import type { BackgroundTimers } from "../platform/platform.ts";
import type { ChangeFeed, CreateChangeFeed } from "../realtime/change-feed.ts";
import type { Version, Versions } from "./document-source.ts";
import type { Environment, EnvironmentProvider } from "./environment.ts";
import { failureOf, isRefusal, logFailure, notInTime } from "./load-failure.ts";
import { PollSchedule } from "./poll-schedule.ts";

/** What a {@link PolledEnvironment} needs of the client. */
export interface PolledEnvironmentContext {
  readonly versions: Versions;
  readonly timers: BackgroundTimers;
  readonly logger: Logger;
  readonly onChange: EnvironmentChangeHandler;
  readonly intervalMs: number;
  /** Between polls while changes are told as well. */
  readonly safetyIntervalMs: number;
  /** For one load: all attempts, pages and waits. */
  readonly deadlineMs: number;
  /** Absent where only polls tell of changes. */
  readonly createChangeFeed?: CreateChangeFeed | undefined;
}

/** What a call waits for, and what becomes of it when its time is up. */
interface Waiting {
  readonly work: () => Promise<void>;
  readonly onExpiry: () => void;
}

/** The environment of the API: loaded when it is first needed, then kept fresh in the background. */
export class PolledEnvironment implements EnvironmentProvider {
  readonly #context: PolledEnvironmentContext;
  #version: Version | undefined;
  /** From the storage, too old to be served while the API may still answer. */
  #fallback: Version | undefined;
  /** Never rejects; there is at most one. */
  #loading: Promise<void> | undefined;
  #failure: FlagsmithClientError | undefined;
  #isClosed = false;
  #closing: AbortController | undefined;
  readonly #schedule: PollSchedule;
  readonly #feed: ChangeFeed | undefined;

  constructor(context: PolledEnvironmentContext) {
    this.#context = context;
    this.#schedule = new PollSchedule({ ...context, poll: (options) => void this.#load(options) });
    this.#feed = context.createChangeFeed?.({
      current: () => this.current(),
      idle: async () => this.#loading,
      load: (options) => this.#loadAsTold(options),
      lag: () => this.#schedule.hasten(),
    });
  }

  current(): Environment | undefined {
    return this.#version?.environment;
  }

  async ready(call: Call): Promise<Environment> {
    // Once the first load has failed nobody waits again: it goes on in the background.
    if (this.#version === undefined && this.#failure === undefined && !this.#isClosed) {
      const onExpiry = () => {
        this.#adoptFallback();
        if (this.#version === undefined) throw notInTime();
      };
      await this.#waitFor(call, { onExpiry, work: () => this.#load() });
    }
    if (this.#version !== undefined) return this.#version.environment;
    if (this.#isClosed || this.#failure === undefined) throw closedError();
    throw this.#failure;
  }

  async update(call: Call): Promise<void> {
    if (this.#isClosed) throw closedError();
    const onExpiry = () => {
      throw notInTime();
    };
    const work = async () => {
      // A load that is under way may have begun before the change that the caller knows of.
      await this.#loading;
      this.#feed?.forgive();
      await this.#load({ isUnconditional: true });
    };
    await this.#waitFor(call, { onExpiry, work });
    if (this.#isClosed) throw closedError();
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    this.#isClosed = true;
    this.#version ??= this.#fallback;
    this.#schedule.close();
    this.#feed?.stop();
    this.#closing?.abort();
  }

  #waitFor(call: Call, { onExpiry, work }: Waiting): Promise<void> {
    const { timers } = this.#context;
    const limitMs = remainingMs(call, timers);
    return within({ timers, limitMs, signal: call.signal, onExpiry }, work);
  }

  #load(
    options: { readonly isUnconditional: boolean } = { isUnconditional: false },
  ): Promise<void> {
    this.#loading ??= this.#run(options.isUnconditional).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadAsTold(options: { readonly isUnconditional: boolean }): Promise<boolean> {
    // The next poll is put off as well, and brings it.
    if (this.#isClosed || this.#schedule.isHeldBack) return false;
    await this.#load(options);
    return !this.#isClosed && this.#failure === undefined;
  }

  async #run(isUnconditional: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#closing = new AbortController();
    const { timers, deadlineMs } = this.#context;
    const call = { signal: this.#closing.signal, deadlineAt: timers.now() + deadlineMs };
    try {
      const isServed = this.#version === undefined && (await this.#readStored(call));
      if (isServed && !isUnconditional) return;
      await this.#ask(call, isUnconditional);
      this.#succeed();
    } catch (error) {
      if (!this.#isClosed) this.#fail(error);
    }
  }

  /** Whether the storage had a version that is young enough to be served without asking the API. */
  async #readStored(call: Call): Promise<boolean> {
    const { versions, timers, intervalMs } = this.#context;
    this.#fallback = await versions.stored(undefined, call);
    if (this.#fallback === undefined) return false;
    const ageMs = timers.now() - this.#fallback.revision.fetchedAt;
    if (ageMs < 0 || ageMs >= intervalMs) return false;
    this.#adopt(this.#fallback);
    this.#schedule.in(intervalMs - ageMs);
    this.#follow();
    return true;
  }

  async #ask(call: Call, isUnconditional: boolean): Promise<void> {
    this.#schedule.cancel();
    const known = isUnconditional ? undefined : (this.#version ?? this.#fallback);
    const { version, keep } = await this.#context.versions.latest(known, call);
    if (this.#isClosed) return;
    const isKnown = version.environment === known?.environment;
    // A process starts from the storage but once: what it already has is not worth a write at each poll.
    if (!isKnown) void keep(call);
    if (version.environment === this.#version?.environment) this.#version = version;
    else this.#adopt(version);
  }

  #adopt(version: Version): void {
    this.#version = version;
    this.#fallback = undefined;
    this.#context.onChange(null, { updatedAt: version.environment.updatedAt });
  }

  #adoptFallback(): void {
    if (this.#version === undefined && this.#fallback !== undefined) this.#adopt(this.#fallback);
  }

  #follow(): void {
    if (this.#version !== undefined && !this.#isClosed) {
      this.#feed?.follow(this.#version.environment);
    }
  }

  #succeed(): void {
    this.#failure = undefined;
    this.#follow();
    this.#schedule.succeeded({ isRelaxed: this.#feed?.isKeepingUp() ?? false });
  }

  #fail(thrown: unknown): void {
    const { logger, onChange } = this.#context;
    const failure = failureOf(thrown);
    this.#failure = failure;
    this.#adoptFallback();
    onChange(failure, { updatedAt: this.#version?.environment.updatedAt });

    logFailure(logger, failure);
    if (isRefusal(failure)) {
      this.#schedule.refused();
      this.#feed?.stop();
      return;
    }
    const { retryAfterMs = 0 } = failure instanceof FlagsmithAPIError ? failure : {};
    this.#schedule.failed({ hasDocument: this.#version !== undefined, retryAfterMs });
  }
}
