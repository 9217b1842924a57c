import type { ParsedOptions } from "../options/parse-options.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";
import { FleetChanges, type FleetMember } from "./fleet-changes.ts";
import { LoadClaim } from "./load-claim.ts";
import { storageKey } from "./storage-record.ts";

/** The longest random wait before an announced change is loaded, so that not all processes load at once. */
const maxOwnDelayMs = 1000;

/** The same with a shared storage, where one process loads for all. */
const maxSharedDelayMs = 250;

/** The pause between two reads of the storage while another process loads. */
const sharedCheckMs = 250;

/** A process waits for the load of another one for six seconds: longer than a claim lasts, if its holder is gone. */
const maxChecks = 24;

/** The parts of a client that its fleet uses. */
interface FleetContext {
  readonly options: ParsedOptions;
  /** They need not keep the process alive. */
  readonly timers: Timers;
  readonly guard: (kind: string) => Guard;
}

/** Processes with the same storage: one of them loads the document, and the others read it. */
export class Fleet {
  /** Missing without the option `changes`. */
  readonly changes: FleetChanges | undefined;
  readonly #member: FleetMember;
  /** Missing without a storage that this process can write. */
  readonly #claim: LoadClaim | undefined;
  readonly #timers: Timers;
  readonly #stopping = new AbortController();

  constructor(member: FleetMember, { options, timers, guard }: FleetContext) {
    const { storage, changes, environmentKey, apiUrl } = options;
    const createKey = () => storageKey(environmentKey, apiUrl);
    this.#member = member;
    this.#timers = timers;
    if (storage?.setItem) {
      this.#claim = new LoadClaim({
        storage,
        createKey,
        intervalMs: options.environmentRefreshIntervalMs,
        deadlineMs: options.requestDeadlineMs,
        timers,
        guard: guard("Claiming a load"),
      });
    }
    if (changes) {
      const parts = { changes, createKey, isStored: !!storage, timers, guard };
      const follower = { ...member, load: () => this.load() };
      this.changes = new FleetChanges(parts, follower, this.#stopping.signal);
    }
  }

  /** Resolves to whether this process may load the document for all. */
  async mayLoad(): Promise<boolean> {
    return (await this.#claim?.acquire(this.#stopping.signal)) ?? true;
  }

  /**
   * Brings in a change that all processes learn of at the same time, with one load for all if they share a storage.
   * Resolves to whether a document was loaded, by this process or another.
   *
   * @param isUndated - whether a document that another process loaded earlier may lack the change.
   */
  async load(isUndated = false): Promise<boolean> {
    const { held, check, load } = this.#member;
    const claim = this.#claim;
    const known = held();
    // The clock of the process that has stored the known document may be ahead.
    const startedAt = Math.max(this.#timers.now(), known?.fetchedAt ?? 0);
    await this.#wait(Math.random() * (claim ? maxSharedDelayMs : maxOwnDelayMs));
    if (!claim) return !this.#isStopped && load();
    /** The date of the store's document before another process has loaded it. */
    let fetchedAt: number | undefined;
    for (let checks = 0; checks < maxChecks && !this.#isStopped; checks++) {
      await check();
      const stored = held();
      fetchedAt ??= stored?.fetchedAt;
      if (stored === undefined || this.#isStopped) return false;
      if (stored.fetchedAt > startedAt) return true;
      // The clock of the other process may be behind.
      const isOther = stored.digest !== known?.digest || stored.fetchedAt !== fetchedAt;
      if (isOther && !isUndated) return true;
      if (await claim.acquire(this.#stopping.signal)) return !this.#isStopped && load();
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

  async #wait(ms: number): Promise<void> {
    await this.#timers.sleep(ms, this.#stopping.signal).catch(() => undefined);
  }
}

/** Creates the fleet of an environment, for runtimes with timers. Subscribes to nothing. */
export function createFleet(member: FleetMember, context: FleetContext): Fleet {
  return new Fleet(member, context);
}
