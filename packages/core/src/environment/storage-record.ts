import { createOptionError } from "../errors.ts";
import { hostedApiUrl, withSlash } from "../options/hosted-urls.ts";
import type { FlagsmithStorage } from "../options/options.ts";
import { sha256 } from "../platform/digest.ts";
import { isBytes } from "../platform/is-bytes.ts";
import { getMember, isRecord, parseJson } from "../platform/json.ts";

/** Options of {@link toStorageRecord}. */
export interface StorageRecordOptions {
  /** The server-side environment key of the client that reads the storage. */
  readonly environmentKey: string;
  /**
   * The `apiUrl` of the client that reads the storage. The trailing slash is optional.
   * @defaultValue the hosted API
   */
  readonly apiUrl?: string | undefined;
  /**
   * When the API returned the document, in milliseconds since the epoch.
   * @defaultValue now
   */
  readonly fetchedAt?: number | undefined;
}

/** A key and a value to write to a storage. */
export interface StorageItem {
  /** The key that {@link storageKey} returns. */
  readonly key: string;
  /** JSON. A storage may keep it as text or parsed. */
  readonly value: string;
}

/**
 * Returns the key under which a storage holds the document of an environment. It does not reveal the
 * environment key.
 *
 * @param apiUrl - the client's `apiUrl`. The trailing slash is optional. Defaults to the hosted API.
 *
 * @example
 * await env.FLAGS.delete(await storageKey(env.FLAGSMITH_ENVIRONMENT_KEY));
 */
export async function storageKey(
  environmentKey: string,
  apiUrl: string = hostedApiUrl,
): Promise<string> {
  return `flagsmith-${await sha256(JSON.stringify([environmentKey, withSlash(apiUrl)]))}`;
}

/**
 * Creates the record that clients read from their storage. Use it to fill a storage yourself, for example
 * from a cron job or a deployment, if clients can only read it.
 *
 * @param document - the response of `environment-document/`, with the identity overrides of all pages.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` if `document` is not an environment document
 * (for example an error response), the key is empty or `fetchedAt` is not a number.
 *
 * @example
 * const { key, value } = await toStorageRecord(document, { environmentKey });
 * await env.FLAGS.put(key, value);
 */
export async function toStorageRecord(
  document: unknown,
  { environmentKey, apiUrl, fetchedAt = Date.now() }: StorageRecordOptions,
): Promise<StorageItem> {
  // Enough to reject an error response. Clients check the whole document when they read it.
  const project = getMember(document, "project");
  if (!Array.isArray(getMember(document, "feature_states")) || project === undefined) {
    throw createOptionError("document", "must be the response of environment-document/");
  }
  if (typeof environmentKey !== "string" || environmentKey === "") {
    throw createOptionError("environmentKey", "must be a key");
  }
  if (!Number.isFinite(fetchedAt))
    throw createOptionError("fetchedAt", "must be a number of milliseconds");
  const key = await storageKey(environmentKey, apiUrl);
  const text = JSON.stringify(document);
  const digest = await sha256(text);
  return { key, value: formatStorageRecord(key, { fetchedAt, digest, text }) };
}

/** A small item beside the record. It is written when the API returns the same document again. */
export interface StorageLease {
  /** When the API last returned the document, in milliseconds since the epoch. */
  readonly fetchedAt: number;
  /** The SHA-256 of the document's text, in hexadecimal. */
  readonly digest: string;
  readonly updatedAt?: string | undefined;
}

/** Returns the key of the lease of a record. */
export function createLeaseKey(recordKey: string): string {
  return `${recordKey}-lease`;
}

/** A stored environment document. */
export interface StorageRecord extends Omit<StorageLease, "updatedAt"> {
  readonly document: Readonly<Record<string, unknown>>;
}

/** The layout of the record. A storage may still hold records of an older release. */
const recordVersion = 2;

/** Formats a record as JSON, around a document that is already JSON. */
export function formatStorageRecord(
  key: string,
  { fetchedAt, digest, text }: StorageLease & { readonly text: string },
): string {
  const head = JSON.stringify({ version: recordVersion, key, fetchedAt, digest });
  return `${head.slice(0, -1)},"document":${text}}`;
}

/**
 * Parses what a storage returned: the JSON text, or the value parsed from it (unstorage parses values).
 *
 * Returns `undefined` if it is not a record of this key, so that a storage that mixes up keys cannot
 * mix up environments.
 */
export function parseStorageRecord(key: string, stored: unknown): StorageRecord | undefined {
  const record = parseStored(stored);
  const lease = parseStorageLease(record);
  const document = getMember(record, "document");
  const isOwn = getMember(record, "version") === recordVersion && getMember(record, "key") === key;
  if (!lease || !isOwn || !isRecord(document)) return undefined;
  const { fetchedAt, digest } = lease;
  return { document, fetchedAt, digest };
}

/** Parses a lease, like {@link parseStorageRecord}. */
export function parseStorageLease(stored: unknown): StorageLease | undefined {
  const lease: Record<keyof StorageLease, unknown> = Object(parseStored(stored));
  const { fetchedAt, digest, updatedAt } = lease;
  const isValid =
    typeof fetchedAt === "number" &&
    Number.isFinite(fetchedAt) &&
    fetchedAt >= 0 &&
    typeof digest === "string" &&
    /^[0-9a-f]{64}$/.test(digest) &&
    (updatedAt === undefined || typeof updatedAt === "string");
  return isValid ? { fetchedAt, digest, updatedAt } : undefined;
}

/**
 * Reads an item. Files and many databases return text as bytes. Rejects if the storage throws, or returns an object that
 * is no stored value, such as a row that contains the value.
 */
export async function readItem(storage: FlagsmithStorage, key: string): Promise<unknown> {
  const value = await storage.getItem(key);
  if (isBytes(value)) return new TextDecoder().decode(value);
  const object = Object(value);
  // A record and a lease have the first member, a claim has the second.
  if (object !== value || "fetchedAt" in object || "claimedAt" in object) return value;
  throw new TypeError("getItem() returned an object that is no stored value");
}

/** A larger text is not parsed, because it would block the process. */
const maxRecordLength = 100_000_000;

/** Parses JSON text. A storage may have done so. */
export function parseStored(stored: unknown): unknown {
  if (typeof stored !== "string") return stored;
  return stored.length > maxRecordLength ? undefined : parseJson(stored);
}
