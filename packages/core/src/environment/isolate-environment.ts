/**
 * The environment document of a runtime without background timers (Cloudflare Workers, Vercel Edge).
 *
 * Nothing runs between requests, and a promise created by one request may never settle for another.
 * Requests share only the document in memory (`IsolateMemory`) and timestamps (`RefreshSchedule`).
 * The request that loads holds a lease, which expires if that request is cancelled.
 *
 * States:
 * - Empty: with `waitUntil`, a request acquires the lease and loads in the background: from the storage,
 *   then from the API. Other requests check the memory every 50 ms and, after half of their time, load
 *   themselves. Without `waitUntil`, every request loads for itself.
 * - Fresh: requests are answered from memory, without a promise.
 * - Storage check due: a request reads the storage, for at most 1 s, for a newer document.
 * - Refresh due: one request acquires the lease and refreshes, the others use the memory. With
 *   `waitUntil` it refreshes in the background. Without, it waits 1 s: 2 s and 4 s after timeouts.
 * - Failed: until the backoff or `Retry-After` has passed, requests use the memory or fail immediately.
 *   After a refusal (401, 403) only `updateEnvironment()` loads again.
 * - Closed: the API is not called. A document in memory is still used.
 */

import { FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { Environment, EnvironmentProvider } from "./environment.ts";
import { IsolateMemory } from "./isolate-memory.ts";
import { createDeadlineError } from "./load-failure.ts";
import {
  type IsolateOptions,
  maxRefreshWaitMs,
  minRefreshWaitMs,
  RefreshSchedule,
} from "./refresh-schedule.ts";

/** The time between two looks at whether another request's load has ended. */
const checkMs = 50;

/** The least time before a second write. Workers KV accepts one write per second for each key. */
const minRewriteDelayMs = 1000;

/** Keeps the environment fresh from within requests. See the head of this file. */
export class IsolateEnvironment implements EnvironmentProvider {
  readonly #options: IsolateOptions;
  readonly #schedule: RefreshSchedule;
  readonly #memory: IsolateMemory;

  constructor(options: IsolateOptions) {
    this.#options = options;
    this.#schedule = new RefreshSchedule(options);
    this.#memory = new IsolateMemory(options, this.#schedule);
  }

  current(): Environment | undefined {
    const { isStorageDue, isDue } = this.#schedule;
    const { isClosed, loaded } = this.#memory;
    return isClosed || !(isStorageDue || isDue) ? loaded?.environment : undefined;
  }

  async ready(call: Call): Promise<Environment> {
    const memory = this.#memory;
    if (memory.loaded === undefined) await this.#loadFirst(call);
    else if (this.#schedule.isStorageDue) await this.#checkStorage(call);
    if (memory.loaded === undefined) throw memory.failure ?? createDeadlineError();
    if (this.#schedule.isDue) await this.#refresh(call);
    return memory.loaded.environment;
  }

  async update(call: Call): Promise<void> {
    const write = await this.#memory.loadFromApi(undefined, call);
    if (await write(call)) return;
    await this.#options.timers.sleep(minRewriteDelayMs * (1 + Math.random()), call.signal);
    if (await write(call)) return;
    throw new FlagsmithClientError(
      "STORAGE_FAILED",
      "The environment was loaded but could not be written to the storage, so other isolates will not see it.",
    );
  }

  close(): void {
    this.#memory.close();
  }

  async #loadFirst(call: Call): Promise<void> {
    const schedule = this.#schedule;
    const memory = this.#memory;
    if (memory.failure === undefined && schedule.isLeased) await this.#waitForOtherRequest(call);
    if (memory.loaded !== undefined) return;
    const { failure } = memory;
    if (failure !== undefined && schedule.isBlocked) {
      // After a failure, requests fail immediately until the backoff ends.
      if (schedule.isStorageDue) await this.#checkStorage(call);
      return;
    }
    if (call.waitUntil === undefined) {
      const lease = failure && schedule.acquire();
      const write = await memory.loadFirst(call).finally(() => schedule.release(lease));
      // A storage that hangs must not delay the answer for as long as a write may take.
      await this.#waitAtMost(maxRefreshWaitMs, call, {
        onExpiry: () => false,
        work: () => write(detach(call, call.deadlineAt)),
      });
      return;
    }
    const lease = schedule.acquire();
    const background = detach(call, lease);
    const loading = memory.loadFirst(background).finally(() => schedule.release(lease));
    call.waitUntil(loading.then((write) => write(background)));
    const onExpiry = () => {
      throw failure ?? createDeadlineError();
    };
    const limitMs = failure ? minRefreshWaitMs : Number.POSITIVE_INFINITY;
    await this.#waitAtMost(limitMs, call, { onExpiry, work: () => loading });
  }

  /** Waits until the memory is filled or the lease ends. The promise of the load may never settle here. */
  async #waitForOtherRequest(call: Call): Promise<void> {
    const { timers } = this.#options;
    const schedule = this.#schedule;
    let lease: number | undefined;
    while (schedule.isLeased && schedule.leasedUntil !== lease) {
      lease = schedule.leasedUntil;
      // The other half is left for a load of its own, in case the other request was cancelled.
      const untilAt = timers.now() + remainingMs(call, timers) / 2;
      while (schedule.leasedUntil === lease && timers.now() < untilAt) {
        if (this.#memory.loaded !== undefined) return;
        await timers.sleep(checkMs, call.signal);
      }
    }
  }

  async #checkStorage(call: Call): Promise<void> {
    // Also set before the read, so that concurrent requests do not read the storage as well.
    this.#schedule.checkedStorage();
    const reading = this.#memory.readStorage({ ...call, signal: undefined });
    call.waitUntil?.(reading);
    await this.#waitAtMost(minRefreshWaitMs, call, {
      onExpiry: () => undefined,
      work: () => reading,
    });
  }

  /** Refreshes in the background if there is a `waitUntil`. Otherwise waits for a while. */
  async #refresh(call: Call): Promise<void> {
    const schedule = this.#schedule;
    const lease = schedule.acquire();
    const background = detach(call, lease);
    const work = async () => {
      try {
        const write = await this.#memory.loadFromApi(this.#memory.loaded, background);
        await write(background);
      } catch {
        // Already logged. The stale document is used.
      } finally {
        schedule.release(lease);
      }
    };
    if (call.waitUntil !== undefined) {
      call.waitUntil(work());
      return;
    }
    const onExpiry = () => {
      schedule.timedOut();
      this.#options.logger.warn(
        "The environment could not be refreshed within a request: pass a waitUntil to forRequest().",
      );
    };
    await this.#waitAtMost(schedule.waitMs, call, { onExpiry, work });
  }

  /** Waits for `work` until `maxMs` or the call's deadline has passed. */
  #waitAtMost<T>(
    maxMs: number,
    call: Call,
    { work, onExpiry }: { readonly work: () => T | Promise<T>; readonly onExpiry: () => T },
  ): Promise<T> {
    const { timers } = this.#options;
    const limitMs = Math.min(maxMs, remainingMs(call, timers));
    return within({ timers, limitMs, signal: call.signal, onExpiry }, work);
  }
}

/** Copies a call so that its work may outlive the request. */
function detach(call: Call, deadlineAt: number): Call {
  return { ...call, signal: undefined, deadlineAt, isBrief: false };
}
