import type { DocumentAnswer } from "../api/environment-document.ts";
import type { Revision } from "../schemas/storage-envelope.ts";
import { millisOf } from "./instant.ts";

/** `Last-Modified` has whole seconds: a document changed this recently may change again within its second. */
const settledAfterMs = 2000;

/**
 * An unconditional request comes after so many conditional ones: the API moves neither date when an
 * identity that has overrides is deleted.
 */
const maxConditionalPolls = 9;

/** What the next request for the document is to know of this answer. */
export function revisionOf(answer: DocumentAnswer, updatedAt: string | undefined): Revision {
  const { lastModified, sentAt, serverTime } = answer;
  const changedAt = millisOf(updatedAt);
  // Without the server's clock, or without a date, nothing is known to be settled.
  const isSettled = serverTime !== undefined && serverTime - changedAt >= settledAfterMs;
  return { fetchedAt: sentAt, lastModified, isSettled, conditionalPolls: 0 };
}

/** The same document, seen again. */
export function revisited(revision: Revision, now: number): Revision {
  return { ...revision, fetchedAt: now, conditionalPolls: revision.conditionalPolls + 1 };
}

/** The date for `If-Modified-Since`; `undefined` where the document must be sent whole. */
export function conditionOf(revision: Revision | undefined): string | undefined {
  if (revision === undefined || !revision.isSettled) return undefined;
  return revision.conditionalPolls < maxConditionalPolls ? revision.lastModified : undefined;
}
