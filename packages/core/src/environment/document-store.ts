import { type Call, remainingMs, within } from "../http/call.ts";
import type { FlagsmithStorage } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";
import {
  createLeaseKey,
  formatStorageRecord,
  parseStorageLease,
  parseStorageRecord,
  type StorageLease,
  type StorageRecord,
  storageKey,
} from "./storage-record.ts";
import { isLater, parseMillis } from "./timestamps.ts";

/** How long a load waits for the storage before it asks the API as well. */
const maxHeadStartMs = 2000;
const maxHeadStartShare = 0.25;

/** Returns the head start of the storage: 2 s, or a quarter of the call's remaining time if that is shorter. */
export function computeHeadStartMs(call: Call, timers: Timers): number {
  return Math.min(maxHeadStartMs, remainingMs(call, timers) * maxHeadStartShare);
}
const maxWriteMs = 5000;

/** Larger differences between two clocks of a fleet are treated as a wrong clock. */
const maxClockSkewMs = 60_000;

/** The content of a storage: a document, or the lease of the document that the reader has. */
interface StoredDocument extends StorageLease {
  readonly document?: StorageRecord["document"] | undefined;
}

/** The environment document in the user's storage. No method rejects: a storage failure is logged. */
export class DocumentStore {
  readonly #storage: FlagsmithStorage;
  readonly #environmentKey: string;
  readonly #apiUrl: string;
  readonly #timers: Timers;
  readonly #guardRead: Guard;
  readonly #guardWrite: Guard;

  constructor(options: {
    readonly storage: FlagsmithStorage;
    readonly environmentKey: string;
    readonly apiUrl: string;
    readonly timers: Timers;
    readonly guard: (kind: string) => Guard;
  }) {
    this.#storage = options.storage;
    this.#environmentKey = options.environmentKey;
    this.#apiUrl = options.apiUrl;
    this.#timers = options.timers;
    this.#guardRead = options.guard("Reading from the storage");
    this.#guardWrite = options.guard("Writing to the storage");
  }

  /**
   * Reads the lease, and the record unless the lease is of the document with this digest.
   *
   * Resolves to whether the storage has responded in time. `onRead` is called with its response, even later.
   */
  async read(
    digest: string | undefined,
    call: Call,
    onRead: (found: StoredDocument | undefined) => void,
  ): Promise<boolean> {
    const key = await this.#key();
    const { signal } = call;
    const reading = this.#guardRead(() => this.#find(key, digest), { signal }).then(onRead);
    const maxMs = computeHeadStartMs(call, this.#timers);
    const isInTime = await this.#guardRead(
      () => this.#waitAtMost(maxMs, call, () => reading.then(() => true)),
      { signal },
    );
    return isInTime ?? false;
  }

  /** Reads the digest of the stored document. Resolves to `undefined` if it is unknown. */
  async readDigest(call: Call): Promise<string | undefined> {
    const key = await this.#key();
    const maxMs = computeHeadStartMs(call, this.#timers);
    const read = () => this.#waitAtMost(maxMs, call, () => this.#readLease(key));
    return (await this.#guardRead(read, { signal: call.signal }))?.digest;
  }

  /**
   * Writes a document that the API has just returned, and its lease.
   *
   * Resolves to whether the storage now holds it or a newer one. True for a read-only storage.
   *
   * @param isRenewal - whether the storage is known to have the document, so that only its lease is written.
   */
  async write(
    lease: StorageLease,
    { text, isRenewal }: { readonly text: string; readonly isRenewal: boolean },
    call: Call,
  ): Promise<boolean> {
    const storage = this.#storage;
    if (storage.setItem === undefined) return true;
    const key = await this.#key();
    const write = async () => {
      const stored = await this.#readLease(key);
      if (this.#isNewer(stored, lease)) return;
      try {
        // Another process may have replaced the record since this one has read it.
        const isReplaced = stored !== undefined && stored.digest !== lease.digest;
        if (!isRenewal || isReplaced) {
          await storage.setItem?.(key, formatStorageRecord(key, { ...lease, text }));
        }
        // Last, because it vouches for the record.
        await storage.setItem?.(createLeaseKey(key), JSON.stringify(lease));
      } catch (error) {
        // Another process may have written the same document at the same time.
        if (!this.#isNewer(await this.#readLease(key), lease)) throw error;
      }
    };
    const isWritten = await this.#guardWrite(
      () => this.#waitAtMost(maxWriteMs, call, () => write().then(() => true)),
      { signal: call.signal },
    );
    return isWritten ?? false;
  }

  async #find(key: string, digest: string | undefined): Promise<StoredDocument | undefined> {
    const [lease, early] = await Promise.all([
      this.#readLease(key),
      // Without a document both are needed, so do not wait for one of them.
      digest === undefined ? this.#getItem(key) : undefined,
    ]);
    if (lease !== undefined && lease.digest === digest) return lease;
    const record = parseStorageRecord(key, digest === undefined ? early : await this.#getItem(key));
    if (record === undefined || this.#isFromTheFuture(record.fetchedAt)) return undefined;
    const updatedAt = record.document["updated_at"];
    if (this.#isFromTheFuture(parseMillis(String(updatedAt)))) return undefined;
    const renewedAt = lease?.digest === record.digest ? lease.fetchedAt : 0;
    return { ...record, fetchedAt: Math.max(record.fetchedAt, renewedAt) };
  }

  /** Async, so that no rejection of the other item is left unhandled. */
  async #getItem(key: string): Promise<unknown> {
    return this.#storage.getItem(key);
  }

  async #readLease(key: string): Promise<StorageLease | undefined> {
    if (this.#storage.setItem === undefined) return undefined;
    const lease = parseStorageLease(await this.#getItem(createLeaseKey(key)));
    return lease && this.#isFromTheFuture(lease.fetchedAt) ? undefined : lease;
  }

  /** The writer's clock was wrong, or the record is forged. */
  #isFromTheFuture(time: number): boolean {
    return time > this.#timers.now() + maxClockSkewMs;
  }

  /** Whether the storage has the response to a later request, of this process or another. */
  #isNewer(stored: StorageLease | undefined, lease: StorageLease): boolean {
    if (stored === undefined) return false;
    if (stored.digest === lease.digest) {
      const minMs = Math.max(1, (this.#storage.minRenewalSeconds ?? 0) * 1000);
      return lease.fetchedAt - stored.fetchedAt < minMs;
    }
    return stored.fetchedAt > lease.fetchedAt && !isLater(lease.updatedAt, stored.updatedAt);
  }

  #key(): Promise<string> {
    return storageKey(this.#environmentKey, this.#apiUrl);
  }

  #waitAtMost<T>(maxMs: number, call: Call, work: () => Promise<T>): Promise<T> {
    const timers = this.#timers;
    const limitMs = Math.min(maxMs, remainingMs(call, timers));
    const onExpiry = () => {
      throw new Error(`no response within ${limitMs / 1000} s`);
    };
    return within<T>({ timers, limitMs, signal: call.signal, onExpiry }, work);
  }
}
