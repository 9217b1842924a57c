import { type Call, remainingMs, within } from "../http/call.ts";
import type { FlagsmithStorage } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";
import { readUpdatedAt } from "./environment.ts";
import {
  type Freshness,
  formatStorageRecord,
  parseStorageRecord,
  type StorageRecord,
  storageKey,
} from "./storage-record.ts";
import { isLater } from "./timestamps.ts";

/** A slower read is abandoned and the document loaded from the API. */
const maxReadMs = 2000;
const maxWriteMs = 5000;

/** Larger differences between two clocks of a fleet are treated as a wrong clock. */
export const maxClockSkewMs = 60_000;

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

  /** Reads the record. Returns `undefined` if there is none, or if the storage fails or is too slow. */
  async read(call: Call): Promise<StorageRecord | undefined> {
    const key = await this.#key();
    const record = await this.#guardRead(
      async () => {
        const stored = await this.#waitAtMost(maxReadMs, call, () => this.#storage.getItem(key));
        return parseStorageRecord(key, stored);
      },
      { signal: call.signal },
    );
    if (record === undefined) return undefined;
    const { freshness } = record;
    // The writer's clock was wrong, so the age of the record is unknown.
    const isFromTheFuture = freshness.fetchedAt > this.#timers.now() + maxClockSkewMs;
    return isFromTheFuture ? { ...record, freshness: { ...freshness, fetchedAt: 0 } } : record;
  }

  /**
   * Writes a document that the API has just returned.
   *
   * Resolves to whether the storage now holds it or a newer one. True for a read-only storage.
   */
  async write(
    response: {
      readonly freshness: Freshness;
      readonly updatedAt: string | undefined;
      readonly text: string;
    },
    call: Call,
  ): Promise<boolean> {
    if (this.#storage.setItem === undefined) return true;
    const { freshness, updatedAt, text } = response;
    const stored = await this.read(call);
    // A slow response must not replace the response to a later request, of this process or another.
    const isNewer =
      stored !== undefined &&
      stored.freshness.fetchedAt > freshness.fetchedAt &&
      !isLater(updatedAt, readUpdatedAt(stored.document));
    return isNewer || this.#put(freshness, text, call);
  }

  /** Updates the freshness of the stored document after the API confirmed it. Resolves like `write`. */
  async renew(freshness: Freshness, call: Call): Promise<boolean> {
    if (this.#storage.setItem === undefined) return true;
    const stored = await this.read(call);
    const isSame = stored?.freshness.lastModified === freshness.lastModified;
    if (stored === undefined || !isSame || stored.freshness.fetchedAt >= freshness.fetchedAt) {
      return true;
    }
    return this.#put(freshness, JSON.stringify(stored.document), call);
  }

  async #put(freshness: Freshness, documentText: string, call: Call): Promise<boolean> {
    const key = await this.#key();
    const record = formatStorageRecord(key, freshness, documentText);
    const set = async () => this.#storage.setItem?.(key, record);
    const isWritten = await this.#guardWrite(
      async () => {
        // The caller is gone, but the document is still worth storing.
        if (call.signal?.aborted) set().catch(() => undefined);
        else await this.#waitAtMost(maxWriteMs, call, set);
        return true;
      },
      { signal: call.signal },
    );
    return isWritten ?? false;
  }

  #key(): Promise<string> {
    return storageKey(this.#environmentKey, this.#apiUrl);
  }

  #waitAtMost(maxMs: number, call: Call, work: () => unknown): Promise<unknown> {
    const timers = this.#timers;
    const limitMs = Math.min(maxMs, remainingMs(call, timers));
    const onExpiry = () => {
      throw new Error(`no response within ${limitMs / 1000} s`);
    };
    return within<unknown>({ timers, limitMs, signal: call.signal, onExpiry }, work);
  }
}
