import { type Call, remainingMs } from "../http/call.ts";
import { guardWithin } from "../http/guard-within.ts";
import type { FlagsmithStorage } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";
import {
  createLeaseKey,
  formatStorageRecord,
  parseStorageLease,
  parseStorageRecord,
  readItem,
  type StorageLease,
  type StorageRecord,
  storageKey,
} from "./storage-record.ts";
import { isFromTheFuture, isLater, parseMillis } from "./timestamps.ts";

/** How long a load waits for the storage before it asks the API as well. */
const maxHeadStartMs = 2000;
const maxHeadStartShare = 0.25;

const maxWriteMs = 5000;

/** Returns the head start of the storage: 2 s, or a quarter of the call's remaining time if that is shorter. */
export function computeHeadStartMs(call: Call, timers: Timers): number {
  return Math.min(maxHeadStartMs, remainingMs(call, timers) * maxHeadStartShare);
}

/** The content of a storage: a document, or the lease of the document that the reader has. */
type StoredDocument = StorageLease & Partial<StorageRecord>;

/**
 * The result of a write. `replaced` if the storage had another document. `stored` also if it has the document or a newer
 * one already, or is read-only.
 */
export type WriteResult = "failed" | "stored" | "replaced";

interface StoreOptions {
  readonly storage: FlagsmithStorage;
  readonly environmentKey: string;
  readonly apiUrl: string;
  readonly timers: Timers;
}

/** The environment document in the user's storage. No method rejects: a storage failure is logged. */
export class DocumentStore {
  readonly #options: StoreOptions;
  readonly #guardRead: Guard;
  readonly #guardWrite: Guard;

  constructor(options: StoreOptions, guard: (kind: string) => Guard) {
    this.#options = options;
    this.#guardRead = guard("Reading from the storage");
    this.#guardWrite = guard("Writing to the storage");
  }

  /**
   * Reads the lease, and the record unless the lease is of the document with this digest.
   *
   * Resolves to whether the storage has responded in time. `onRead` is called with its response, even later.
   */
  async read(
    digest: string | undefined,
    call: Call,
    onRead: (found: StoredDocument | undefined) => Promise<void>,
  ): Promise<boolean> {
    const key = await this.#key();
    const { signal } = call;
    const found = this.#guardRead(() => this.#find(key, digest), { signal });
    // The limit does not include the work of `onRead`.
    const used = this.#guardRead(async () => onRead(await found), { signal });
    const isInTime = (await this.#waitForRead(call, () => found.then(() => true))) ?? false;
    if (isInTime) await used;
    return isInTime;
  }

  /** Reads the digest of the stored document. Resolves to `undefined` if it is unknown. */
  async readDigest(call: Call): Promise<string | undefined> {
    const key = await this.#key();
    return (await this.#waitForRead(call, () => this.#readLease(key)))?.digest;
  }

  /**
   * Writes a document that the API has just returned, and its lease.
   *
   * @param isRenewal - whether the storage is known to have the document, so that only its lease is written.
   */
  async write(
    lease: StorageLease,
    { text, isRenewal }: { readonly text: string; readonly isRenewal: boolean },
    call: Call,
  ): Promise<WriteResult> {
    const { storage, timers } = this.#options;
    const key = await this.#key();
    let pending: string | undefined = text;
    const write = async (): Promise<WriteResult> => {
      const stored = await this.#readLease(key);
      if (pending === undefined) return "failed";
      if (this.#isNewer(stored, lease)) return "stored";
      try {
        // Another process may have replaced the record since this one has read it.
        const isReplaced = stored !== undefined && stored.digest !== lease.digest;
        if (!isRenewal || isReplaced) {
          await storage.setItem?.(key, formatStorageRecord(key, { ...lease, text: pending }));
        }
        // Last, because it vouches for the record.
        await storage.setItem?.(createLeaseKey(key), JSON.stringify(lease));
        return isReplaced ? "replaced" : "stored";
      } catch (error) {
        // Another process may have written the same document at the same time.
        if (!this.#isNewer(await this.#readLease(key), lease)) throw error;
        return "stored";
      }
    };
    const limitMs = Math.min(maxWriteMs, remainingMs(call, timers));
    const limit = { timers, limitMs, signal: call.signal };
    const result = await guardWithin(this.#guardWrite, limit, write);
    // Released at the limit, because a storage that hangs keeps all writes, one for each load.
    pending = undefined;
    return result ?? "failed";
  }

  async #find(key: string, digest: string | undefined): Promise<StoredDocument | undefined> {
    const { storage } = this.#options;
    const [lease, early] = await Promise.all([
      this.#readLease(key),
      // Without a document both are needed, so do not wait for one of them.
      digest === undefined ? readItem(storage, key) : undefined,
    ]);
    if (lease && lease.digest === digest) return lease;
    const stored = digest === undefined ? early : await readItem(storage, key);
    const record = parseStorageRecord(key, stored);
    if (!record) return undefined;
    const updatedAt = parseMillis(String(record.document["updated_at"])) || 0;
    const latest = Math.max(record.fetchedAt, updatedAt);
    // The writer's clock was wrong, or the record is forged.
    if (isFromTheFuture(latest, this.#options.timers)) return undefined;
    const renewedAt = lease?.digest === record.digest ? lease.fetchedAt : 0;
    return { ...record, fetchedAt: Math.max(record.fetchedAt, renewedAt) };
  }

  async #readLease(key: string): Promise<StorageLease | undefined> {
    const { storage, timers } = this.#options;
    if (storage.setItem === undefined) return undefined;
    const lease = parseStorageLease(await readItem(storage, createLeaseKey(key)));
    return lease && isFromTheFuture(lease.fetchedAt, timers) ? undefined : lease;
  }

  /** Whether the storage has the response to a later request, of this process or another. */
  #isNewer(stored: StorageLease | undefined, lease: StorageLease): boolean {
    if (!stored) return false;
    if (stored.digest === lease.digest) {
      const minMs = Math.max(1, (this.#options.storage.minRenewalSeconds ?? 0) * 1000);
      return lease.fetchedAt - stored.fetchedAt < minMs;
    }
    return stored.fetchedAt > lease.fetchedAt && !isLater(lease.updatedAt, stored.updatedAt);
  }

  #key(): Promise<string> {
    return storageKey(this.#options.environmentKey, this.#options.apiUrl);
  }

  #waitForRead<T>(call: Call, read: () => Promise<T>): Promise<T | undefined> {
    const { timers } = this.#options;
    const limit = { timers, limitMs: computeHeadStartMs(call, timers), signal: call.signal };
    return guardWithin(this.#guardRead, limit, read);
  }
}
