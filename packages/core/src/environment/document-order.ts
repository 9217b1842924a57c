import { isLater } from "./timestamps.ts";

/** The facts about a document from the API that decide whether it replaces another one. */
export interface DocumentVersion {
  /** The SHA-256 of the document's text. */
  readonly digest: string;
  readonly updatedAt: string | undefined;
  /** When its request was sent, on the monotonic clock. */
  readonly sentAt: number;
}

/** Older documents that the API has returned since the last one that was not older. */
export interface OlderDocuments {
  /** When the first of them arrived, on the monotonic clock. */
  readonly since: number;
  readonly count: number;
}

/** For how long the API must return nothing but older documents until they are accepted. */
const minOlderMs = 300_000;
const minOlderIntervals = 3;

/**
 * Compares a document with the last one that the API returned.
 *
 * - `same`: its text is the same.
 * - `late`: its request was sent before that of the other document.
 * - `older`: Flagsmith changed it last before the other one. A read replica lags, or a backup was restored.
 * - `newer`: anything else, so that documents with equal or no dates follow the order of their requests.
 */
export function compareDocuments(
  current: DocumentVersion | undefined,
  candidate: DocumentVersion,
): "same" | "late" | "older" | "newer" {
  if (current === undefined) return "newer";
  if (candidate.digest === current.digest) return "same";
  if (isLater(candidate.updatedAt, current.updatedAt)) return "newer";
  if (candidate.sentAt < current.sentAt) return "late";
  return isLater(current.updatedAt, candidate.updatedAt) ? "older" : "newer";
}

/** Whether the API has returned older documents for so long that the data was restored from a backup. */
export function isRestored(
  { since, count }: OlderDocuments,
  { now, intervalMs }: { readonly now: number; readonly intervalMs: number },
): boolean {
  const minMs = Math.max(minOlderMs, minOlderIntervals * intervalMs);
  return count > minOlderIntervals && now - since >= minMs;
}
