import { FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { Environment, EnvironmentProvider } from "./environment.ts";
import { HeldVersion, type HeldVersionContext } from "./isolate-memory.ts";
import { notInTime } from "./load-failure.ts";
import {
  briefMs,
  LazySchedule,
  type LazyScheduleContext,
  maxPatienceMs,
} from "./refresh-schedule.ts";

/** What a {@link LazyEnvironment} needs of the client. */
export interface LazyEnvironmentContext extends HeldVersionContext, LazyScheduleContext {}

/** How often a request looks whether another's load has ended. */
const watchMs = 50;

/** Workers KV takes one write a second for each key. */
const rewriteMs = 1000;

/**
 * The environment of a runtime where nothing may run between requests, and where a promise begun by one
 * request may never settle for another. So there is no timer and no promise that two requests share:
 * what they share is the version and some plain instants. A stale version is served while one request
 * refreshes it.
 */
export class LazyEnvironment implements EnvironmentProvider {
  readonly #context: LazyEnvironmentContext;
  readonly #schedule: LazySchedule;
  readonly #held: HeldVersion;

  constructor(context: LazyEnvironmentContext) {
    this.#context = context;
    this.#schedule = new LazySchedule(context);
    this.#held = new HeldVersion(context, this.#schedule);
  }

  current(): Environment | undefined {
    const { isStorageDue, isDue } = this.#schedule;
    const { isClosed, version } = this.#held;
    return isClosed || !(isStorageDue || isDue) ? version?.environment : undefined;
  }

  async ready(call: Call): Promise<Environment> {
    const held = this.#held;
    if (held.version === undefined) await this.#first(call);
    else if (this.#schedule.isStorageDue) await this.#checkStorage(call);
    if (held.version === undefined) throw held.failure ?? notInTime();
    if (this.#schedule.isDue) await this.#refresh(call);
    return held.version.environment;
  }

  async update(call: Call): Promise<void> {
    const keep = await this.#held.ask(undefined, call);
    if (await keep(call)) return;
    await this.#context.timers.sleep(rewriteMs * (1 + Math.random()), call.signal);
    if (await keep(call)) return;
    const message =
      "The environment was loaded, but the storage did not take it: nobody else sees it";
    throw new FlagsmithClientError("STORAGE_FAILED", `${message}.`);
  }

  close(): void {
    this.#held.close();
  }

  /** One load for all requests where it may go on in the background; else each loads for itself. */
  async #first(call: Call): Promise<void> {
    const schedule = this.#schedule;
    const held = this.#held;
    if (held.failure === undefined && schedule.isClaimed) await this.#watch(call);
    if (held.version !== undefined) return;
    const { failure } = held;
    if (failure !== undefined && schedule.isHeld) {
      // Nobody waits once more for an API that has just failed.
      if (schedule.isStorageDue) await this.#checkStorage(call);
      return;
    }
    if (call.waitUntil === undefined) {
      const claim = failure && schedule.claim();
      const keep = await held.load(call).finally(() => schedule.release(claim));
      // A store that hangs must not keep the answer back for as long as it may take in the background.
      await this.#atMost(maxPatienceMs, call, {
        onExpiry: () => false,
        work: () => keep(inBackground(call, call.deadlineAt)),
      });
      return;
    }
    const claim = schedule.claim();
    const background = inBackground(call, claim);
    const loading = held.load(background).finally(() => schedule.release(claim));
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
        if (this.#held.version !== undefined) return;
        await timers.sleep(watchMs, call.signal);
      }
    }
  }

  /** Another isolate may have put a newer version there. */
  async #checkStorage(call: Call): Promise<void> {
    // Noted first as well, so that the requests that come meanwhile do not ask too.
    this.#schedule.checkedStorage();
    const reading = this.#held.readStorage({ ...call, signal: undefined });
    call.waitUntil?.(reading);
    await this.#atMost(briefMs, call, { onExpiry: () => undefined, work: () => reading });
  }

  /** In the background where that is possible; else for a while, and then the stale version serves. */
  async #refresh(call: Call): Promise<void> {
    const schedule = this.#schedule;
    const claim = schedule.claim();
    const background = inBackground(call, claim);
    const work = async () => {
      try {
        const keep = await this.#held.ask(this.#held.version, background);
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
  return { ...call, signal: undefined, deadlineAt, isBrief: false };
}
