import * as v from "valibot";

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

/** An environment document as a store keeps it. */
export interface StorageRecord {
  readonly revision: Revision;
  readonly document: Readonly<Record<string, unknown>>;
}

const version = 1;

const schema = v.object({
  version: v.literal(version),
  key: v.string(),
  fetchedAt: v.number(),
  lastModified: v.optional(v.string()),
  isSettled: v.boolean(),
  conditionalPolls: v.number(),
  document: v.custom<StorageRecord["document"]>(
    (input) => typeof input === "object" && input !== null,
  ),
});

/** The text to store: an envelope around the document, which is JSON already. */
export function formatStorageRecord(key: string, revision: Revision, documentText: string): string {
  const head = JSON.stringify({ version, key, ...revision });
  return `${head.slice(0, -1)},"document":${documentText}}`;
}

/**
 * What a store gave back, as text or as the value parsed from it (unstorage does that); `undefined`
 * where it is no record of this key: a store that mixes up its keys must not mix up environments.
 */
export function parseStorageRecord(key: string, stored: unknown): StorageRecord | undefined {
  const result = v.safeParse(schema, typeof stored === "string" ? parse(stored) : stored);
  if (!result.success || result.output.key !== key) return undefined;
  const { document, fetchedAt, lastModified, isSettled, conditionalPolls } = result.output;
  return { document, revision: { fetchedAt, lastModified, isSettled, conditionalPolls } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
