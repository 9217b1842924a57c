import { type Call, remainingMs, within } from "../api/call.ts";
import type { Logger } from "../ports/logger.ts";
import type { Timers } from "../ports/platform.ts";
import { quietly } from "../ports/quietly.ts";
import { type FlagsmithStorage, storageKey } from "../ports/storage.ts";
import { formatStorageRecord, type Revision } from "../schemas/storage-envelope.ts";
import { parseStorageRecord, type StorageRecord } from "../schemas/storage-record.ts";

/** The last good document of one environment, in the user's store. */
export interface StoredDocument {
  /** `undefined` where there is none, or where the store fails or takes too long. */
  readonly read: (call: Call) => Promise<StorageRecord | undefined>;
  /** Done when the store has it; never rejects. */
  readonly write: (revision: Revision, documentText: string) => Promise<void>;
}

/** What {@link createStoredDocument} needs of the client. */
export interface StoredDocumentContext {
  readonly storage: FlagsmithStorage;
  readonly environmentKey: string;
  readonly apiUrl: string;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** A store that takes longer than this is of no use: the API is asked instead. */
const maxReadMs = 2000;

/** Makes the keeper of the document: a store that fails costs a request, never an answer. */
export function createStoredDocument(context: StoredDocumentContext): StoredDocument {
  const { storage, environmentKey, apiUrl, timers, logger } = context;
  const writeQuietly = quietly(logger, "Writing to the storage");
  const readQuietly = quietly(logger, "Reading from the storage");

  return {
    read: async (call) => {
      const key = await storageKey(environmentKey, apiUrl);
      const limitMs = Math.min(maxReadMs, remainingMs(call, timers));
      const onExpiry = () => {
        throw new Error("the storage took too long");
      };
      const limit = { timers, limitMs, signal: call.signal, onExpiry };
      const ask = async () =>
        parseStorageRecord(key, await within<unknown>(limit, () => storage.getItem(key)));
      return readQuietly(ask, call.signal);
    },
    write: (revision, documentText) =>
      writeQuietly(async () => {
        const key = await storageKey(environmentKey, apiUrl);
        await storage.setItem?.(key, formatStorageRecord(key, revision, documentText));
      }),
  };
}
