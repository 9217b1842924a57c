import { guardWithin } from "../http/guard-within.ts";
import type { FlagsmithStorage } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import { getMember } from "../platform/json.ts";
import { FleetChanges, type FleetContext, type FleetMember } from "./fleet-changes.ts";
import { createFleetMember, type FollowedLoader } from "./followed-environment.ts";
import { parseStored, readItem, storageKey } from "./storage-record.ts";

/** The longest time for which a claim keeps other processes from loading. */
const maxClaimMs = 5000;

/** A slower storage is not waited for: the process loads. */
const maxStorageMs = 1000;

/** In an ordinary storage, how long a process waits for the claims of others that did not see its own. */
const settleMs = 100;

/** The longest random wait before an announced change is loaded, so that not all processes load at once. */
const maxOwnDelayMs = 1000;

/** The same with a shared storage, where one process loads for all. */
const maxSharedDelayMs = 250;

/** The pause between two reads of the storage while another process loads. */
const sharedCheckMs = 250;

/** A process waits for the load of another one for six seconds: longer than a claim lasts, if its holder is gone. */
const maxChecks = 24;

/**
 * Processes with the same storage: one of them claims the load of the document, and the others read it.
 *
 * `tryAcquire` of the storage grants the claim to exactly one. An ordinary storage has no such operation, so each process
 * writes its claim, and the last one that was written counts.
 */
export class Fleet {
  /** Missing without the option `changes`. */
  readonly changes: FleetChanges | undefined;
  readonly #member: FleetMember;
  readonly #context: FleetContext;
  readonly #guardClaim: Guard;
  /** Missing unless this process can write it. */
  readonly #storage: FlagsmithStorage | undefined;
  readonly #claimMs: number;
  /** Names this process in its claims. */
  #owner: string | undefined;
  /** The end of this process's claim, on the monotonic clock. */
  #claimedUntil = 0;
  readonly #stopping = new AbortController();

  constructor(member: FleetMember, context: FleetContext) {
    const { storage, changes, environmentRefreshIntervalMs } = context.options;
    this.#member = member;
    this.#context = context;
    this.#guardClaim = context.guard("Claiming a load");
    this.#storage = storage?.setItem && storage;
    this.#claimMs = Math.min(environmentRefreshIntervalMs / 2, maxClaimMs);
    if (changes) {
      const shared = { ...member, load: () => this.load() };
      this.changes = new FleetChanges({ ...context, changes }, shared, this.#stopping.signal);
    }
  }

  /**
   * Resolves to whether this process may load the document for all. Always true if the storage fails, and after `stop()`.
   * Never rejects.
   */
  async mayLoad(): Promise<boolean> {
    const storage = this.#storage;
    const { options, timers } = this.#context;
    if (!storage || timers.monotonicNow() < this.#claimedUntil) return true;
    const limitMs = Math.min(maxStorageMs, options.requestDeadlineMs / 2);
    const limit = { timers, limitMs, signal: this.#stopping.signal };
    const isAcquired = await guardWithin(this.#guardClaim, limit, (ending) =>
      this.#claim(storage, ending),
    );
    if (isAcquired) this.#claimedUntil = timers.monotonicNow() + this.#claimMs;
    return isAcquired !== false;
  }

  /**
   * Brings in a change that all processes learn of at the same time, with one load for all if they share a storage.
   * Resolves to whether a document was loaded, by this process or another.
   *
   * @param isUndated - whether a document that another process loaded earlier may lack the change.
   */
  async load(isUndated = false): Promise<boolean> {
    const { current, check, load } = this.#member;
    const known = current();
    // The clock of the process that has stored the known document may be ahead.
    const startedAt = Math.max(this.#context.timers.now(), known?.fetchedAt ?? 0);
    await this.#wait(Math.random() * (this.#storage ? maxSharedDelayMs : maxOwnDelayMs));
    if (!this.#storage) return !this.#isStopped && load();
    /** The date of the store's document before another process has loaded it. */
    let fetchedAt: number | undefined;
    for (let checks = 0; checks < maxChecks && !this.#isStopped; checks++) {
      await check();
      const stored = current();
      fetchedAt ??= stored?.fetchedAt;
      if (stored === undefined || this.#isStopped) return false;
      if (stored.fetchedAt > startedAt) return true;
      // The clock of the other process may be behind.
      const isOther = stored.digest !== known?.digest || stored.fetchedAt !== fetchedAt;
      if (isOther && !isUndated) return true;
      if (await this.mayLoad()) return !this.#isStopped && load();
      await this.#wait(sharedCheckMs);
    }
    return false;
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #claim(storage: FlagsmithStorage, signal: AbortSignal): Promise<boolean> {
    const { options, timers } = this.#context;
    const key = `${await storageKey(options.environmentKey, options.apiUrl)}-claim`;
    if (storage.tryAcquire) {
      // Databases return null or 0 if the key exists. Without a result the process loads, as if the storage had failed.
      const result: unknown = await storage.tryAcquire(key, this.#claimMs / 1000);
      return result === undefined || Boolean(result);
    }
    // Not in the constructor, because Next.js refuses random values while it prerenders a page.
    this.#owner ??= crypto.randomUUID();
    if (!(await this.#isFree(storage, key))) return false;
    const claim = { owner: this.#owner, claimedAt: timers.now() };
    await storage.setItem?.(key, JSON.stringify(claim));
    await timers.sleep(settleMs, signal);
    return this.#isFree(storage, key);
  }

  /** Whether no other process has a claim. */
  async #isFree(storage: FlagsmithStorage, key: string): Promise<boolean> {
    const claim = parseStored(await readItem(storage, key));
    if (getMember(claim, "owner") === this.#owner) return true;
    const ageMs = this.#context.timers.now() - Number(getMember(claim, "claimedAt"));
    // Not a number if there is no claim. Negative if the clock of the other process is ahead.
    return !(Math.abs(ageMs) < this.#claimMs);
  }

  async #wait(ms: number): Promise<void> {
    await this.#context.timers.sleep(ms, this.#stopping.signal).catch(() => undefined);
  }
}

/** Creates the fleet of a loader, for runtimes with timers. Subscribes to nothing. */
export function createFleet(loader: FollowedLoader, context: FleetContext): Fleet {
  return new Fleet(createFleetMember(loader), context);
}
