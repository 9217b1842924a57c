import { type Call, remainingMs, within } from "../api/call.ts";
import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import type { Logger } from "../ports/logger.ts";
import type { Timers } from "../ports/platform.ts";
import type { ReportChange } from "../ports/report-change.ts";
import type { Environment } from "./environment.ts";
import type { EnvironmentProvider } from "./environment-provider.ts";
import type { Version, Versions } from "./versions.ts";

/** What a {@link LazyEnvironment} needs of the client. */
export interface LazyEnvironmentContext {
  readonly versions: Versions;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly reportChange: ReportChange;
  /** The age at which the API is asked again. */
  readonly intervalMs: number;
  /** How long memory is trusted before the storage is asked again; infinite where there is none. */
  readonly storageCheckMs: number;
  /** For one refresh: all attempts, pages and waits. */
  readonly deadlineMs: number;
}

/** How long the request that refreshes a stale version waits, where nothing may go on after it. */
const maxRefreshWaitMs = 1000;

const never = Number.NEGATIVE_INFINITY;

/**
 * The environment of a runtime where nothing may run between requests, and where a promise begun by one
 * request may never settle for another. So there is no timer and no promise that two requests share:
 * what they share is the version and some plain instants. A stale version is served while one request
 * refreshes it.
 */
export class LazyEnvironment implements EnvironmentProvider {
  readonly #context: LazyEnvironmentContext;
  #version: Version | undefined;
  #storageCheckedAt = never;
  /** A refresh that has not ended by then was cut off with its request. */
  #claimedUntil = never;
  /** Until then the API is left alone after a failure. */
  #notBefore = never;
  #failure: FlagsmithAPIError | undefined;
  #isClosed = false;

  constructor(context: LazyEnvironmentContext) {
    this.#context = context;
  }

  current(): Environment | undefined {
    const isAtRest = this.#isClosed || !(this.#isStorageDue() || this.#isRefreshDue());
    return isAtRest ? this.#version?.environment : undefined;
  }

  async ready(call: Call): Promise<Environment> {
    if (this.#isStorageDue()) await this.#readStorage(call);
    if (this.#version === undefined) return (await this.#loadFirst(call)).environment;
    if (this.#isRefreshDue()) await this.#refreshStale(call);
    return this.#version.environment;
  }

  async update(call: Call): Promise<void> {
    await this.#ask(undefined, call);
  }

  close(): void {
    this.#isClosed = true;
  }

  #isStorageDue(): boolean {
    const { timers, storageCheckMs } = this.#context;
    return timers.now() >= this.#storageCheckedAt + storageCheckMs;
  }

  #isRefreshDue(): boolean {
    const now = this.#context.timers.now();
    const fetchedAt = this.#version?.revision.fetchedAt ?? never;
    const isStale = now >= fetchedAt + this.#context.intervalMs;
    return isStale && now >= this.#claimedUntil && now >= this.#notBefore;
  }

  /** Another isolate may have put a newer version there. */
  async #readStorage(call: Call): Promise<void> {
    // Noted first, so that the requests that come meanwhile do not ask as well.
    this.#storageCheckedAt = this.#context.timers.now();
    const stored = await this.#context.versions.stored(call);
    const ours = this.#version?.revision.fetchedAt ?? never;
    if (stored !== undefined && stored.revision.fetchedAt > ours) this.#adopt(stored);
  }

  /** Each request loads for itself: it must not wait for another's promise. */
  async #loadFirst(call: Call): Promise<Version> {
    if (this.#failure !== undefined && this.#context.timers.now() < this.#notBefore) {
      throw this.#failure;
    }
    try {
      return await this.#ask(undefined, call);
    } catch (error) {
      // Another request may have had more luck meanwhile. Who has left wants no answer.
      if (this.#version === undefined || call.signal?.aborted) throw error;
      return this.#version;
    }
  }

  /** In the background where that is possible; else for a moment, and then the stale version serves. */
  async #refreshStale(call: Call): Promise<void> {
    const { timers, deadlineMs, logger } = this.#context;
    const deadlineAt = timers.now() + deadlineMs;
    this.#claimedUntil = deadlineAt;
    const refresh = async () => {
      try {
        await this.#ask(this.#version, { ...call, signal: undefined, deadlineAt });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        logger.warn(`The environment could not be refreshed: ${message}`);
      } finally {
        this.#claimedUntil = never;
      }
    };
    if (call.waitUntil !== undefined) {
      call.waitUntil(refresh());
      return;
    }
    const limitMs = Math.min(maxRefreshWaitMs, remainingMs(call, timers));
    await within({ timers, limitMs, signal: call.signal, onExpiry: () => undefined }, refresh);
  }

  async #ask(known: Version | undefined, call: Call): Promise<Version> {
    if (this.#isClosed)
      throw new FlagsmithClientError("CLOSED", "This Flagsmith client is closed.");
    try {
      const { version, written } = await this.#context.versions.latest(known, call);
      const latest = this.#newerOf(version);
      this.#failure = undefined;
      if (call.waitUntil === undefined) await written;
      else call.waitUntil(written);
      return latest;
    } catch (error) {
      if (error instanceof FlagsmithAPIError) this.#noteFailure(error);
      throw error;
    }
  }

  /** A slow answer to an early request is older than the quick one to a later. */
  #newerOf(version: Version): Version {
    const current = this.#version;
    const leadMs = (current?.revision.fetchedAt ?? never) - version.revision.fetchedAt;
    // No request takes longer than its deadline: by more, the clock was set back.
    if (current !== undefined && leadMs > 0 && leadMs <= this.#context.deadlineMs) return current;
    this.#adopt(version);
    return version;
  }

  #adopt(version: Version): void {
    const isNew = version.environment !== this.#version?.environment;
    this.#version = version;
    const { updatedAt } = version.environment;
    if (isNew) this.#context.reportChange(null, { updatedAt });
  }

  #noteFailure(error: FlagsmithAPIError): void {
    const { timers, reportChange, intervalMs } = this.#context;
    const pauseMs = Math.min(intervalMs, maxRefreshWaitMs);
    this.#failure = error;
    this.#notBefore = timers.now() + Math.max(pauseMs, error.retryAfterMs ?? 0);
    reportChange(error, { updatedAt: this.#version?.environment.updatedAt });
  }
}
