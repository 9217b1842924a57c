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
