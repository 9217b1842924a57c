import { sha256 } from "../digest.ts";
import { invalidOption } from "../errors.ts";
import { formatStorageRecord } from "../schemas/storage-envelope.ts";
import { hostedApiUrl, withSlash } from "./api-url.ts";

/**
 * Keeps the last good environment document across restarts and isolates: any unstorage driver, or two functions.
 *
 * Keys consist of `A-Z a-z 0-9 _ -` and are at most 80 characters long. A read is waited for two seconds at most, a
 * write for five; one that fails costs a request, never an answer.
 */
export interface FlagsmithStorage {
  /** The value of a key, as it was set or parsed from JSON; `null` or `undefined` where there is none. */
  readonly getItem: (key: string) => unknown;
  /** Missing where the store is read-only. */
  readonly setItem?: ((key: string, value: string) => unknown) | undefined;
}

/** What {@link toStorageRecord} puts beside the document. */
export interface StorageRecordOptions {
  /** The server-side key of the environment, as the client that reads the store has it. */
  readonly environmentKey: string;
  /**
   * The `apiUrl` of the client that reads the store; its trailing slash is optional.
   * @defaultValue the hosted API
   */
  readonly apiUrl?: string | undefined;
  /**
   * When the API served the document, in milliseconds since the epoch.
   * @defaultValue now
   */
  readonly fetchedAt?: number | undefined;
}

/** What to put into a store, and where. */
export interface StorageItem {
  /** The name that {@link storageKey} gives. */
  readonly key: string;
  /** JSON: a store may keep it as text, or parsed. */
  readonly value: string;
}

/**
 * The name under which a store keeps the document of an environment; it gives the key away to nobody.
 *
 * @param apiUrl - the client's; its trailing slash is optional. Defaults to the hosted API.
 */
export async function storageKey(
  environmentKey: string,
  apiUrl: string = hostedApiUrl,
): Promise<string> {
  return `flagsmith-${await sha256(JSON.stringify([environmentKey, withSlash(apiUrl)]))}`;
}

/**
 * What a client finds in its store, for those who fill it themselves: a cron job, or the deployment of a
 * store that clients can only read.
 *
 * @param document - what the API serves under `environment-document/`, whole: with the overrides of all its pages.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for what is no such document, an empty key or a date
 * that is no number: a store must not be filled with an error's body.
 *
 * @example
 * const { key, value } = await toStorageRecord(document, { environmentKey });
 * await env.FLAGS.put(key, value);
 */
export async function toStorageRecord(
  document: object,
  { environmentKey, apiUrl, fetchedAt = Date.now() }: StorageRecordOptions,
): Promise<StorageItem> {
  if (!isDocument(document))
    throw invalidOption("document", "must be what environment-document/ answers");
  if (typeof environmentKey !== "string" || environmentKey === "") {
    throw invalidOption("environmentKey", "must be a key");
  }
  if (!Number.isFinite(fetchedAt))
    throw invalidOption("fetchedAt", "must be a number of milliseconds");
  const key = await storageKey(environmentKey, apiUrl);
  // Not settled: the client's first own request asks for the document whole.
  const revision = { fetchedAt, isSettled: false, conditionalPolls: 0 };
  return { key, value: formatStorageRecord(key, revision, JSON.stringify(document)) };
}

/** Only enough to tell it from an error's body: a client checks all of it when it reads. */
function isDocument(input: unknown): boolean {
  if (typeof input !== "object" || input === null) return false;
  return Array.isArray(Reflect.get(input, "feature_states")) && "project" in input;
}
