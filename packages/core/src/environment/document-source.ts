import type { DocumentAnswer, LoadDocument } from "../api/document-api.ts";
import { FlagsmithAPIError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import { sha256 } from "../platform/digest.ts";
import type { Logger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import type { StoredDocument } from "./document-store.ts";
import { type DocumentCompiler, type Environment, readUpdatedAt } from "./environment.ts";
import type { Revision } from "./storage-record.ts";
import { isLater, millisOf } from "./timestamps.ts";

/** One version of the environment, and what decides how the next one is asked for. */
export interface Version {
  readonly environment: Environment;
  readonly revision: Revision;
}

/** Where versions of the environment come from; when they are asked for is decided elsewhere. */
export interface Versions {
  /** What the storage holds, however old; `undefined` where that is nothing newer than what is known. */
  readonly stored: (known: Version | undefined, call: Call) => Promise<Version | undefined>;
  /**
   * The API's version: the known one, seen again, where nothing has changed.
   *
   * @throws {@link FlagsmithAPIError}
   */
  readonly latest: (known: Version | undefined, call: Call) => Promise<LatestVersion>;
}

/** Puts a version into the storage, for who takes it; whether the storage has it, or one that is newer. Never rejects. */
export type KeepVersion = (call: Call) => Promise<boolean>;

/** An answer of the API. */
export interface LatestVersion {
  readonly version: Version;
  readonly keep: KeepVersion;
}

/** What {@link createVersions} needs of the client. */
export interface VersionsContext {
  readonly loadDocument: LoadDocument;
  readonly storedDocument: StoredDocument | undefined;
  readonly compiler: DocumentCompiler;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** What the API sent last; of the text only so much is kept as tells it from another. */
interface SentEnvironment {
  readonly digest: string;
  readonly environment: Environment;
}

/** Versions of the environment document of one client. */
export function createVersions(context: VersionsContext): Versions {
  const { loadDocument, storedDocument, compiler, timers, logger } = context;
  let sent: SentEnvironment | undefined;
  return {
    stored: async (known, call) => {
      const record = await storedDocument?.read(call);
      if (record === undefined) return undefined;
      const isLaterDocument =
        known && isLater(readUpdatedAt(record.document), known.environment.updatedAt);
      // Compiling is dear.
      if (known && !isLaterDocument && record.revision.fetchedAt <= known.revision.fetchedAt) {
        return undefined;
      }
      const environment = compiler.compile(record.document, "storage");
      if (!("refused" in environment)) return { environment, revision: record.revision };
      logger.warn(
        `The stored environment document has a wrong shape${placeOf(environment.refused)}.`,
      );
      return undefined;
    },
    latest: async (known, call) => {
      const askedAt = timers.now();
      const answer = await loadDocument(conditionOf(known?.revision), call);
      // It may have arrived in spite of the abort.
      call.signal?.throwIfAborted();
      if (answer === "unchanged") {
        if (known === undefined) throw unasked();
        const revision = revisited(known.revision, askedAt);
        const keep: KeepVersion = async (call) => storedDocument?.renew(revision, call) ?? true;
        return { version: { ...known, revision }, keep };
      }
      // Not every server knows conditional requests, and a 304 does not tell of every change: what is
      // sent again is still the same version.
      const digest = await sha256(answer.text);
      const environment =
        digest === sent?.digest ? sent.environment : compiler.compile(answer.document, "local");
      if ("refused" in environment) throw wrongShape(environment.refused);
      sent = { digest, environment };
      const { updatedAt } = environment;
      const revision = revisionOf(answer, updatedAt);
      const keep: KeepVersion = async (call) =>
        storedDocument?.write({ revision, updatedAt, text: answer.text }, call) ?? true;
      return { version: { environment, revision }, keep };
    },
  };
}

function unasked(): FlagsmithAPIError {
  const message =
    "The API says that the environment document has not changed, but nobody asked that.";
  return new FlagsmithAPIError("INVALID_RESPONSE", message, { status: 304 });
}

function wrongShape(path: string): FlagsmithAPIError {
  const message = `The environment document has a wrong shape${placeOf(path)}: it is not used.`;
  return new FlagsmithAPIError("INVALID_RESPONSE", message, { status: 200 });
}

function placeOf(path: string): string {
  return path === "" ? "" : ` at ${path}`;
}

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
