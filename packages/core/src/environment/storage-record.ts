import * as v from "valibot";
import {
  booleanSchema,
  getMember,
  numberSchema,
  parse,
  parseJson,
  textSchema,
} from "../api/schema.ts";
import { invalidOption } from "../errors.ts";
import { hostedApiUrl, withSlash } from "../options/hosted-urls.ts";
import { sha256 } from "../platform/digest.ts";

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
  document: object,
  { environmentKey, apiUrl, fetchedAt = Date.now() }: StorageRecordOptions,
): Promise<StorageItem> {
  // Enough to reject an error response. Clients check the whole document when they read it.
  if (!Array.isArray(getMember(document, "feature_states")) || !("project" in document)) {
    throw invalidOption("document", "must be the response of environment-document/");
  }
  if (typeof environmentKey !== "string" || environmentKey === "") {
    throw invalidOption("environmentKey", "must be a key");
  }
  if (!Number.isFinite(fetchedAt))
    throw invalidOption("fetchedAt", "must be a number of milliseconds");
  const key = await storageKey(environmentKey, apiUrl);
  // Not settled, so that the client's first own request is unconditional.
  const freshness = { fetchedAt, isSettled: false, conditionalPolls: 0 };
  return { key, value: formatStorageRecord(key, freshness, JSON.stringify(document)) };
}

/** The data that decides when a document is requested again, and whether conditionally. */
export interface Freshness {
  /** When the API last returned or confirmed this document, in milliseconds since the epoch. */
  readonly fetchedAt: number;
  /** The `Last-Modified` header, sent back as `If-Modified-Since`. */
  readonly lastModified?: string | undefined;
  /** Whether the document was fetched so long after its last change that the next change has another date. */
  readonly isSettled: boolean;
  /** Conditional requests since the last unconditional one. */
  readonly conditionalPolls: number;
}

/** The layout of the record. A storage may still hold records of an older release. */
const recordVersion = 1;

/** Formats a record as JSON, around a document that is already JSON. */
export function formatStorageRecord(
  key: string,
  freshness: Freshness,
  documentText: string,
): string {
  const head = JSON.stringify({ version: recordVersion, key, ...freshness });
  return `${head.slice(0, -1)},"document":${documentText}}`;
}

/** A stored environment document. */
export interface StorageRecord {
  readonly freshness: Freshness;
  readonly document: Readonly<Record<string, unknown>>;
}

const recordSchema = v.object({
  version: v.custom<typeof recordVersion>((input) => input === recordVersion),
  key: textSchema,
  fetchedAt: numberSchema,
  lastModified: v.optional(textSchema),
  isSettled: booleanSchema,
  conditionalPolls: numberSchema,
  document: v.custom<StorageRecord["document"]>(
    (input) => typeof input === "object" && input !== null,
  ),
});

/**
 * Parses what a storage returned: the JSON text, or the value parsed from it (unstorage parses values).
 *
 * Returns `undefined` if it is not a record of this key, so that a storage that mixes up keys cannot
 * mix up environments.
 */
export function parseStorageRecord(key: string, stored: unknown): StorageRecord | undefined {
  const record = parse(recordSchema, typeof stored === "string" ? parseJson(stored) : stored);
  if (record?.key !== key) return undefined;
  const { document, fetchedAt, lastModified, isSettled, conditionalPolls } = record;
  return { document, freshness: { fetchedAt, lastModified, isSettled, conditionalPolls } };
}
