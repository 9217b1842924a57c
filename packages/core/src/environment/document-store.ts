import { type Call, remainingMs, within } from "../http/call.ts";
import type { FlagsmithStorage } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";
import { readUpdatedAt } from "./environment.ts";
import {
  formatStorageRecord,
  parseStorageRecord,
  type Revision,
  type StorageRecord,
  storageKey,
} from "./storage-record.ts";
import { isLater } from "./timestamps.ts";

/** The last good document of one environment, in the user's store. Nothing here ever rejects. */
export interface StoredDocument {
  /** `undefined` where there is none, or where the store fails or takes too long. */
  readonly read: (call: Call) => Promise<StorageRecord | undefined>;
  /** Whether the store has the document now, or a newer one, or is read-only. */
  readonly write: (written: DocumentToWrite, call: Call) => Promise<boolean>;
  /** The same for a document that the store has already, and that the API has just confirmed. */
  readonly renew: (revision: Revision, call: Call) => Promise<boolean>;
}

/** A document that the API has just sent. */
export interface DocumentToWrite {
  readonly revision: Revision;
  readonly updatedAt: string | undefined;
  readonly text: string;
}

/** What {@link createStoredDocument} needs of the client. */
export interface StoredDocumentContext {
  readonly storage: FlagsmithStorage;
  readonly environmentKey: string;
  readonly apiUrl: string;
  readonly timers: Timers;
  readonly guard: (kind: string) => Guard;
}

/** A store that takes longer than this is of no use: the API is asked instead. */
const maxReadMs = 2000;
const maxWriteMs = 5000;

/** By more than this no two clocks of a fleet differ. */
export const maxSkewMs = 60_000;

/** Makes the keeper of the document: a store that fails costs a request, never an answer. */
export function createStoredDocument(context: StoredDocumentContext): StoredDocument {
  const { storage, environmentKey, apiUrl, timers, guard } = context;
  const writeQuietly = guard("Writing to the storage");
  const readQuietly = guard("Reading from the storage");

  function timely<T>(maxMs: number, call: Call, work: () => T | Promise<T>): Promise<T> {
    const limitMs = Math.min(maxMs, remainingMs(call, timers));
    const onExpiry = () => {
      throw new Error(`no response within ${limitMs / 1000} s`);
    };
    return within({ timers, limitMs, signal: call.signal, onExpiry }, work);
  }

  async function read(call: Call): Promise<StorageRecord | undefined> {
    const key = await storageKey(environmentKey, apiUrl);
    const record = await readQuietly(
      async () =>
        parseStorageRecord(key, await timely<unknown>(maxReadMs, call, () => storage.getItem(key))),
      { signal: call.signal },
    );
    if (record === undefined) return undefined;
    const isFromTheFuture = record.revision.fetchedAt > timers.now() + maxSkewMs;
    // Whoever wrote it has a wrong clock, so nobody knows how old it is.
    return isFromTheFuture ? { ...record, revision: { ...record.revision, fetchedAt: 0 } } : record;
  }

  async function put(revision: Revision, documentText: string, call: Call): Promise<boolean> {
    const key = await storageKey(environmentKey, apiUrl);
    const record = formatStorageRecord(key, revision, documentText);
    const set = async () => storage.setItem?.(key, record);
    const isWritten = await writeQuietly(
      async () => {
        // Nobody waits for it any more, but what was loaded is worth keeping.
        if (call.signal?.aborted) set().catch(() => undefined);
        else await timely<unknown>(maxWriteMs, call, set);
        return true;
      },
      { signal: call.signal },
    );
    return isWritten ?? false;
  }

  return {
    read,
    write: async ({ revision, updatedAt, text }, call) => {
      if (storage.setItem === undefined) return true;
      // A slow answer, here or elsewhere, must not take the place of a quick one to a later request.
      const held = await read(call);
      const isHeld =
        held !== undefined &&
        held.revision.fetchedAt > revision.fetchedAt &&
        !isLater(updatedAt, readUpdatedAt(held.document));
      return isHeld || put(revision, text, call);
    },
    renew: async (revision, call) => {
      if (storage.setItem === undefined) return true;
      const held = await read(call);
      const isThis = held?.revision.lastModified === revision.lastModified;
      if (held === undefined || !isThis || held.revision.fetchedAt >= revision.fetchedAt) {
        return true;
      }
      return put(revision, JSON.stringify(held.document), call);
    },
  };
}
