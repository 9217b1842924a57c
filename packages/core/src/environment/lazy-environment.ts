import { type Call, remainingMs, within } from "../api/call.ts";
import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import type { Logger } from "../ports/logger.ts";
import type { ReportChange } from "../ports/report-change.ts";
import type { Environment } from "./environment.ts";
import type { EnvironmentProvider } from "./environment-provider.ts";
import { briefMs, LazySchedule, type LazyScheduleContext } from "./lazy-schedule.ts";
import { failureOf, isRefusal, logFailure, notInTime } from "./load-failure.ts";
import type { KeepVersion, Version, Versions } from "./versions.ts";

/** What a {@link LazyEnvironment} needs of the client. */
export interface LazyEnvironmentContext extends LazyScheduleContext {
  readonly versions: Versions;
  readonly logger: Logger;
  readonly reportChange: ReportChange;
}

/** How often a request looks whether another's load has ended. */
const watchMs = 50;

/** Workers KV takes one write a second for each key. */
const rewriteMs = 1000;

const alreadyKept: KeepVersion = async () => true;

/**
 * The environment of a runtime where nothing may run between requests, and where a promise begun by one
 * request may never settle for another. So there is no timer and no promise that two requests share:
 * what they share is the version and some plain instants. A stale version is served while one request
 * refreshes it.
 */
export class LazyEnvironment implements EnvironmentProvider {
  readonly #context: LazyEnvironmentContext;
  readonly #schedule: LazySchedule;
  #version: Version | undefined;
  #failure: FlagsmithClientError | undefined;
  #isClosed = false;

  constructor(context: LazyEnvironmentContext) {
    this.#context = context;
    this.#schedule = new LazySchedule(context);
  }

  current(): Environment | undefined {
    const isAtRest = this.#isClosed || !(this.#schedule.isStorageDue || this.#schedule.isDue);
    return isAtRest ? this.#version?.environment : undefined;
  }

  async ready(call: Call): Promise<Environment> {
    if (this.#version === undefined) await this.#first(call);
    else if (this.#schedule.isStorageDue) await this.#checkStorage(call);
    if (this.#version === undefined) throw this.#failure ?? notInTime();
    if (this.#schedule.isDue) await this.#refresh(call);
    return this.#version.environment;
  }

  async update(call: Call): Promise<void> {
    const keep = await this.#ask(undefined, call);
    if (await keep(call)) return;
    await this.#context.timers.sleep(rewriteMs * (1 + Math.random()), call.signal);
    if (await keep(call)) return;
    const message =
      "The environment was loaded, but the storage did not take it: nobody else sees it";
    throw new FlagsmithClientError("STORAGE_FAILED", `${message}.`);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** One load for all requests where it may go on in the background; else each loads for itself. */
  async #first(call: Call): Promise<void> {
    const schedule = this.#schedule;
    if (this.#failure === undefined && schedule.isClaimed) await this.#watch(call);
    if (this.#version !== undefined) return;
    const failure = this.#failure;
    if (failure !== undefined && schedule.isHeld) {
      // Nobody waits once more for an API that has just failed.
      if (schedule.isStorageDue) await this.#checkStorage(call);
      return;
    }
    if (call.waitUntil === undefined) {
      const keep = await this.#load(call, failure && schedule.claim());
      await keep(call);
      return;
    }
    const claim = schedule.claim();
    const background = inBackground(call, claim);
    const loading = this.#load(background, claim);
    call.waitUntil(loading.then((keep) => keep(background)));
    const onExpiry = () => {
      throw failure ?? notInTime();
    };
    const limitMs = failure ? briefMs : Number.POSITIVE_INFINITY;
    await this.#atMost(limitMs, call, { onExpiry, work: () => loading });
  }

  /** Another request's load, by what it leaves behind: its promise may never settle for this one. */
  async #watch(call: Call): Promise<void> {
    const { timers } = this.#context;
    const schedule = this.#schedule;
    let watched: number | undefined;
    while (schedule.isClaimed && schedule.claimedUntil !== watched) {
      watched = schedule.claimedUntil;
      // The other half is for a load of its own, should that one have been cut off.
      const untilAt = timers.now() + remainingMs(call, timers) / 2;
      while (schedule.claimedUntil === watched && timers.now() < untilAt) {
        if (this.#version !== undefined) return;
        await timers.sleep(watchMs, call.signal);
      }
    }
  }

  /** From the storage, however old, or else from the API. */
  async #load(call: Call, claim: number | undefined): Promise<KeepVersion> {
    try {
      await this.#readStorage(call);
      return this.#version ? alreadyKept : await this.#ask(undefined, call);
    } catch (error) {
      // Another request may have had more luck meanwhile. Who has left wants no answer.
      if (this.#version === undefined || call.signal?.aborted) throw error;
      return alreadyKept;
    } finally {
      this.#schedule.release(claim);
    }
  }

  /** Another isolate may have put a newer version there. */
  async #checkStorage(call: Call): Promise<void> {
    // Noted first as well, so that the requests that come meanwhile do not ask too.
    this.#schedule.checkedStorage();
    const reading = this.#readStorage({ ...call, signal: undefined });
    call.waitUntil?.(reading);
    await this.#atMost(briefMs, call, { onExpiry: () => undefined, work: () => reading });
  }

  async #readStorage(call: Call): Promise<void> {
    const found = await this.#context.versions.stored(this.#version, call);
    this.#schedule.checkedStorage();
    if (found === undefined || this.#leadMs(found) >= 0) return;
    this.#schedule.found(found.revision.fetchedAt, { isFirst: this.#version === undefined });
    this.#adopt(found);
  }

  /** In the background where that is possible; else for a while, and then the stale version serves. */
  async #refresh(call: Call): Promise<void> {
    const schedule = this.#schedule;
    const claim = schedule.claim();
    const background = inBackground(call, claim);
    const work = async () => {
      try {
        const keep = await this.#ask(this.#version, background);
        await keep(background);
      } catch {
        // It is noted, and the stale version serves.
      } finally {
        schedule.release(claim);
      }
    };
    if (call.waitUntil !== undefined) {
      call.waitUntil(work());
      return;
    }
    const onExpiry = () => {
      schedule.cutOff();
      const cause = "took longer than a request waits: give forRequest() a waitUntil";
      this.#context.logger.warn(`Refreshing the environment ${cause}.`);
    };
    await this.#atMost(schedule.patienceMs, call, { onExpiry, work });
  }

  async #ask(known: Version | undefined, call: Call): Promise<KeepVersion> {
    if (this.#isClosed)
      throw new FlagsmithClientError("CLOSED", "This Flagsmith client is closed.");
    try {
      const { version, keep } = await this.#context.versions.latest(known, call);
      this.#failure = undefined;
      const leadMs = this.#leadMs(version);
      // A slow answer to an early request is older than the quick one to a later. But no request takes
      // longer than its deadline: by more, the clock was set back.
      const isOlder = leadMs > 0 && leadMs <= this.#context.deadlineMs;
      if (!isOlder) this.#adopt(version);
      this.#schedule.answered(version.revision.fetchedAt + (isOlder ? leadMs : 0));
      return isOlder ? alreadyKept : keep;
    } catch (thrown) {
      if (call.signal?.aborted) throw thrown;
      const failure = failureOf(thrown);
      this.#note(failure);
      throw failure;
    }
  }

  /** By how much the version in memory is newer. */
  #leadMs({ revision }: Version): number {
    const ours = this.#version?.revision.fetchedAt ?? Number.NEGATIVE_INFINITY;
    return ours - revision.fetchedAt;
  }

  #adopt(version: Version): void {
    const isNew = version.environment !== this.#version?.environment;
    this.#version = version;
    const { updatedAt } = version.environment;
    if (isNew) this.#context.reportChange(null, { updatedAt });
  }

  #note(failure: FlagsmithClientError): void {
    const { logger, reportChange } = this.#context;
    this.#failure = failure;
    const { retryAfterMs = 0 } = failure instanceof FlagsmithAPIError ? failure : {};
    this.#schedule.failed({
      hasDocument: this.#version !== undefined,
      leastPauseMs: isRefusal(failure) ? Number.POSITIVE_INFINITY : retryAfterMs,
    });
    logFailure(logger, failure);
    reportChange(failure, { updatedAt: this.#version?.environment.updatedAt });
  }

  /** Waits no longer than that, or than the call may take. */
  #atMost<T>(limitMs: number, call: Call, { onExpiry, work }: Patience<T>): Promise<T> {
    const { timers } = this.#context;
    const mostMs = Math.min(limitMs, remainingMs(call, timers));
    return within({ timers, limitMs: mostMs, signal: call.signal, onExpiry }, work);
  }
}

interface Patience<T> {
  readonly work: () => T | Promise<T>;
  readonly onExpiry: () => T;
}

/** The same, whether the caller stays or not. */
function inBackground(call: Call, deadlineAt: number): Call {
  return { ...call, signal: undefined, deadlineAt };
}
