import * as v from "valibot";
import { boolean, number, parseJson, shaped, text } from "../api/schema.ts";
import { invalidOption } from "../errors.ts";
import { hostedApiUrl, withSlash } from "../options/hosted-urls.ts";
import { sha256 } from "../platform/digest.ts";

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

/** What decides how the next request for the document is made. */
export interface Revision {
  /** Milliseconds since the epoch at which the API last said that this is the document. */
  readonly fetchedAt: number;
  /** The API's own date of the document, to be sent back. */
  readonly lastModified?: string | undefined;
  /** Whether it was fetched long enough after its last change for that date to tell it from the next. */
  readonly isSettled: boolean;
  /** How many conditional requests there were since the last unconditional one. */
  readonly conditionalPolls: number;
}

/** The layout of the envelope; a store may still hold another from an older release. */
export const envelopeVersion = 1;

/** The text to store: an envelope around the document, which is JSON already. */
export function formatStorageRecord(key: string, revision: Revision, documentText: string): string {
  const head = JSON.stringify({ version: envelopeVersion, key, ...revision });
  return `${head.slice(0, -1)},"document":${documentText}}`;
}

/** An environment document as a store keeps it. */
export interface StorageRecord {
  readonly revision: Revision;
  readonly document: Readonly<Record<string, unknown>>;
}

const schema = v.object({
  version: v.custom<typeof envelopeVersion>((input) => input === envelopeVersion),
  key: text,
  fetchedAt: number,
  lastModified: v.optional(text),
  isSettled: boolean,
  conditionalPolls: number,
  document: v.custom<StorageRecord["document"]>(
    (input) => typeof input === "object" && input !== null,
  ),
});

/**
 * What a store gave back, as text or as the value parsed from it (unstorage does that); `undefined`
 * where it is no record of this key: a store that mixes up its keys must not mix up environments.
 */
export function parseStorageRecord(key: string, stored: unknown): StorageRecord | undefined {
  const record = shaped(schema, typeof stored === "string" ? parseJson(stored) : stored);
  if (record?.key !== key) return undefined;
  const { document, fetchedAt, lastModified, isSettled, conditionalPolls } = record;
  return { document, revision: { fetchedAt, lastModified, isSettled, conditionalPolls } };
}
