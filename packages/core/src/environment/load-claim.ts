import { getMember } from "../api/schema.ts";
import { guardWithin } from "../http/guard-within.ts";
import type { FlagsmithStorage } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";
import { parseStored } from "./storage-record.ts";

/** The longest time for which a claim keeps other processes from loading. */
const maxClaimMs = 5000;

/** A slower storage is not waited for: the process loads. */
const maxStorageMs = 1000;

/** In an ordinary storage, how long a process waits for the claims of others that did not see its own. */
const settleMs = 100;

interface ClaimOptions {
  readonly storage: FlagsmithStorage;
  readonly createKey: () => Promise<string>;
  readonly intervalMs: number;
  readonly deadlineMs: number;
  readonly timers: Timers;
  readonly guard: Guard;
}

/**
 * The right of one process to load the document for all processes with the same storage.
 *
 * `tryAcquire` of the storage grants it to exactly one. An ordinary storage has no such operation, so each process
 * writes its claim, and the last one that was written counts.
 */
export class LoadClaim {
  readonly #options: ClaimOptions;
  readonly #claimMs: number;
  readonly #owner = crypto.randomUUID();
  /** On the monotonic clock, in milliseconds. */
  #heldUntil = 0;

  constructor(options: ClaimOptions) {
    this.#options = options;
    this.#claimMs = Math.min(options.intervalMs / 2, maxClaimMs);
  }

  /** Resolves to whether this process may load. Always true if the storage fails, or after an abort. Never rejects. */
  async acquire(signal?: AbortSignal): Promise<boolean> {
    const { timers, deadlineMs, guard } = this.#options;
    if (timers.monotonicNow() < this.#heldUntil) return true;
    const limit = { timers, limitMs: Math.min(maxStorageMs, deadlineMs / 2), signal };
    const isAcquired = await guardWithin(guard, limit, (ending) => this.#tryAcquire(ending));
    if (isAcquired) this.#heldUntil = timers.monotonicNow() + this.#claimMs;
    return isAcquired !== false;
  }

  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const { storage, createKey, timers } = this.#options;
    const key = `${await createKey()}-claim`;
    if (storage.tryAcquire) return storage.tryAcquire(key, this.#claimMs / 1000);
    if (!(await this.#isFree(key))) return false;
    const claim = { owner: this.#owner, claimedAt: timers.now() };
    await storage.setItem?.(key, JSON.stringify(claim));
    await timers.sleep(settleMs, signal);
    return this.#isFree(key);
  }

  /** Whether no other process has a claim. */
  async #isFree(key: string): Promise<boolean> {
    const claim = parseStored(await this.#options.storage.getItem(key));
    if (getMember(claim, "owner") === this.#owner) return true;
    const ageMs = this.#options.timers.now() - Number(getMember(claim, "claimedAt"));
    // Not a number if there is no claim. Negative if the clock of the other process is ahead.
    return !(Math.abs(ageMs) < this.#claimMs);
  }
}
