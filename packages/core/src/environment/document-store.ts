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

/** A slower read is abandoned and the document loaded from the API. */
const maxReadMs = 2000;
/** The part of the call's deadline that a read may take at most. */
const maxReadShare = 0.25;
const maxWriteMs = 5000;

/** Larger differences between two clocks of a fleet are treated as a wrong clock. */
const maxClockSkewMs = 60_000;

/** What a storage holds: a document, or the lease of the document that the reader has. */
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
   * @param onTimeout - called if the storage is too slow.
   */
  async read(
    digest: string | undefined,
    call: Call,
    onTimeout: () => void,
  ): Promise<StoredDocument | undefined> {
    const key = await this.#key();
    return this.#guardRead(
      () => {
        const maxMs = Math.min(maxReadMs, remainingMs(call, this.#timers) * maxReadShare);
        return this.#waitAtMost(maxMs, { ...call, onTimeout }, () => this.#find(key, digest));
      },
      { signal: call.signal },
    );
  }

  /**
   * Writes a document that the API has just returned, and its lease.
   *
   * Resolves to whether the storage now holds it or a newer one. True for a read-only storage.
   */
  write(lease: StorageLease, text: string, call: Call): Promise<boolean> {
    return this.#put(lease, call, async (key) => {
      await this.#storage.setItem?.(key, formatStorageRecord(key, { ...lease, text }));
    });
  }

  /** Renews the lease of a stored document that the API has returned again. Resolves like `write`. */
  renew(lease: StorageLease, call: Call): Promise<boolean> {
    return this.#put(lease, call, async () => undefined);
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

  async #put(
    lease: StorageLease,
    call: Call,
    putRecord: (key: string) => Promise<void>,
  ): Promise<boolean> {
    const { setItem, minRenewalSeconds = 0 } = this.#storage;
    if (setItem === undefined) return true;
    const key = await this.#key();
    /** Whether the storage has the response to a later request, of this process or another. */
    const hasNewer = async () => {
      const stored = await this.#readLease(key);
      if (stored === undefined) return false;
      if (stored.digest === lease.digest) {
        return lease.fetchedAt - stored.fetchedAt < Math.max(1, minRenewalSeconds * 1000);
      }
      return stored.fetchedAt > lease.fetchedAt && !isLater(lease.updatedAt, stored.updatedAt);
    };
    const write = async () => {
      if (await hasNewer()) return;
      try {
        await putRecord(key);
        // Last, because it vouches for the record.
        await this.#storage.setItem?.(createLeaseKey(key), JSON.stringify(lease));
      } catch (error) {
        // Another process may have written the same document at the same time.
        if (!(await hasNewer())) throw error;
      }
    };
    const isWritten = await this.#guardWrite(
      async () => {
        await this.#waitAtMost(maxWriteMs, call, write);
        return true;
      },
      { signal: call.signal },
    );
    return isWritten ?? false;
  }

  #key(): Promise<string> {
    return storageKey(this.#environmentKey, this.#apiUrl);
  }

  #waitAtMost<T>(
    maxMs: number,
    { onTimeout, ...call }: Call & { readonly onTimeout?: () => void },
    work: () => Promise<T>,
  ): Promise<T> {
    const timers = this.#timers;
    const limitMs = Math.min(maxMs, remainingMs(call, timers));
    const onExpiry = () => {
      onTimeout?.();
      throw new Error(`no response within ${limitMs / 1000} s`);
    };
    return within<T>({ timers, limitMs, signal: call.signal, onExpiry }, work);
  }
}
