import * as v from "valibot";
import { boolean, number, shaped, text } from "./members.ts";
import { parseJson } from "./parse-json.ts";
import { envelopeVersion, type Revision } from "./storage-envelope.ts";

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
