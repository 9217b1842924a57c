import type { Timers } from "../platform/platform.ts";
import { FleetChanges } from "./fleet-changes.ts";
import type { LoadClaim } from "./load-claim.ts";

/** The longest random wait before an announced change is loaded, so that not all processes load at once. */
const maxDelayMs = 1000;

/** The same with a shared storage, where one process loads for all. */
const maxSharedDelayMs = 250;

/** The pause between two reads of the storage while another process loads. */
const checkMs = 250;

/** How long a process waits for the load of another one. */
const maxChecks = 12;

/** The environment of one process, as the fleet sees it. No method rejects. */
export interface FleetMember {
  /** The document in memory. */
  readonly held: () => { readonly digest: string; readonly fetchedAt: number } | undefined;
  /** Reads the storage, and asks the API only if the document is due. */
  readonly check: () => Promise<void>;
  /** Asks the API. Resolves to whether that succeeded. */
  readonly load: () => Promise<boolean>;
}

/** Processes with the same storage: one of them loads the document, and the others read it. */
export class Fleet {
  readonly #member: FleetMember;
  readonly #claim: LoadClaim | undefined;
  readonly #changes: FleetChanges | undefined;
  readonly #timers: Timers;
  readonly #stopping = new AbortController();

  constructor(
    member: FleetMember,
    options: {
      /** Missing without a storage that this process can write. */
      readonly claim: LoadClaim | undefined;
      readonly timers: Timers;
      /** Missing without the option `changes`. */
      readonly changes:
        | Omit<ConstructorParameters<typeof FleetChanges>[0], "digest" | "followUp">
        | undefined;
    },
  ) {
    this.#member = member;
    this.#claim = options.claim;
    this.#timers = options.timers;
    this.#changes =
      options.changes &&
      new FleetChanges({
        ...options.changes,
        digest: () => member.held()?.digest,
        followUp: () => (options.changes?.isStored ? member.check() : this.load()),
      });
  }

  /** Subscribes to the changes that other processes announce. Called for each load. */
  start(): void {
    this.#changes?.start();
  }

  /** Resolves to whether this process may load the document for all. */
  async mayLoad(): Promise<boolean> {
    return (await this.#claim?.acquire()) ?? true;
  }

  /** Announces a document that the storage has. */
  async publish(digest: string): Promise<void> {
    await this.#changes?.publish(digest);
  }

  /**
   * Brings in a change that all processes learn of at the same time, with one load for all if they share a storage.
   * Resolves to whether a document was loaded, by this process or another.
   */
  async load(): Promise<boolean> {
    const { held, check, load } = this.#member;
    const fetchedAt = held()?.fetchedAt;
    await this.#wait(Math.random() * (this.#claim ? maxSharedDelayMs : maxDelayMs));
    for (let checks = 0; this.#claim && checks < maxChecks; checks++) {
      await check();
      if (this.#stopping.signal.aborted) return false;
      if (held()?.fetchedAt !== fetchedAt) return true;
      if (await this.#claim.acquire()) break;
      await this.#wait(checkMs);
    }
    return this.#stopping.signal.aborted ? false : load();
  }

  stop(): void {
    this.#stopping.abort();
    this.#changes?.stop();
  }

  async #wait(ms: number): Promise<void> {
    await this.#timers.sleep(ms, this.#stopping.signal).catch(() => undefined);
  }
}
