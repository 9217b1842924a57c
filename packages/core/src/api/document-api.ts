import { FlagsmithAPIError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import { readOrigin } from "../http/fetch.ts";
import type { TimedResponse } from "../http/request.ts";
import type { Timers } from "../platform/platform.ts";
import { parseJson } from "./schema.ts";

/** An environment document from the API, with all its pages. */
interface DocumentResponse {
  readonly document: Readonly<Record<string, unknown>>;
  /** The document as JSON. */
  readonly text: string;
  readonly lastModified: string | undefined;
  /** When its request was sent, in milliseconds since the epoch. A later request has the newer document. */
  readonly sentAt: number;
  /** The server's clock in milliseconds since the epoch, if the response has it. */
  readonly serverTime: number | undefined;
}

/** GET `environment-document/`. Returns `"unchanged"` for a 304. */
export type LoadDocument = (
  ifModifiedSince: string | undefined,
  call: Call,
) => Promise<DocumentResponse | "unchanged">;

interface Page extends DocumentResponse {
  readonly overrides: readonly unknown[];
  readonly next: string | undefined;
}

/** More pages than any environment has, in case a server never stops. */
const maxPages = 1000;

/** Creates the function that loads the environment document and all its pages. */
export function createLoadDocument(
  apiUrl: string,
  connection: Connection,
  timers: Timers,
): LoadDocument {
  const headers = connection.createHeaders(apiUrl);
  const send = connection.createSendRequest(timers);
  const first = `${apiUrl}environment-document/`;

  const page = (url: string, call: Call, ifModifiedSince?: string) =>
    send(
      {
        method: "GET",
        url,
        headers: { ...headers, ...(ifModifiedSince && { "If-Modified-Since": ifModifiedSince }) },
        isConditional: ifModifiedSince !== undefined,
        read: (answer) => (answer.status === 304 ? "unchanged" : readPage(answer, url)),
      },
      call,
    );

  return async (ifModifiedSince, call) => {
    const head = await page(first, call, ifModifiedSince);
    if (head === "unchanged" || head.next === undefined) return head;
    const overrides = [...head.overrides];
    let next: string | undefined = head.next;
    const visited = new Set([first]);
    while (next !== undefined) {
      if (readOrigin(next) !== readOrigin(first)) throw createForeignPageError(first, next);
      if (visited.size === maxPages || visited.has(next)) throw createEndlessError(first);
      visited.add(next);
      const more = await page(next, call);
      if (more === "unchanged") break;
      overrides.push(...more.overrides);
      next = more.next;
    }
    const document = { ...head.document, identity_overrides: overrides };
    return { ...head, document, text: JSON.stringify(document) };
  };
}

function readPage({ text, headers, sentAt }: TimedResponse, url: string): Page | undefined {
  const document = parseJson(text);
  if (!isRecord(document)) return undefined;
  const overrides = document["identity_overrides"] ?? [];
  if (!Array.isArray(overrides)) return undefined;
  const serverTime = Date.parse(headers.get("date") ?? headers.get("expires") ?? "");
  return {
    document,
    text,
    sentAt,
    overrides,
    lastModified: headers.get("last-modified") ?? undefined,
    serverTime: Number.isNaN(serverTime) ? undefined : serverTime,
    next: findNextPage(headers.get("link") ?? "", url),
  };
}

/** `rel` may contain several relations, in quotes. */
const isNext = /;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?=\s*(?:[;,]|$)))/i;

/** Returns the absolute target of the `rel="next"` link (RFC 8288). */
function findNextPage(link: string, url: string): string | undefined {
  for (const [, target = "", parameters = ""] of link.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (isNext.test(parameters) && URL.canParse(target, url)) return new URL(target, url).href;
  }
  return undefined;
}

function createForeignPageError(first: string, next: string): FlagsmithAPIError {
  const origins = `from ${readOrigin(first)} to ${readOrigin(next)}`;
  const message = `GET ${first} has its next page at another origin (${origins}): if that is right, set apiUrl to it.`;
  return new FlagsmithAPIError("API_UNREACHABLE", message);
}

function createEndlessError(first: string): FlagsmithAPIError {
  const message = `GET ${first} has a cycle of pages, or more than ${maxPages}.`;
  return new FlagsmithAPIError("INVALID_RESPONSE", message);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
