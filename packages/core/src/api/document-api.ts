import { FlagsmithAPIError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import { originOf } from "../http/fetch.ts";
import type { Request, SentAnswer } from "../http/request.ts";
import { parseJson } from "./schema.ts";

/** An environment document as the API sent it, all pages in one. */
export interface DocumentAnswer {
  readonly document: Readonly<Record<string, unknown>>;
  /** The document as JSON. */
  readonly text: string;
  readonly lastModified: string | undefined;
  /** When it was asked for, in milliseconds since the epoch: of two answers, the one asked for later is newer. */
  readonly sentAt: number;
  /** Milliseconds since the epoch by the server's clock, where it tells. */
  readonly serverTime: number | undefined;
}

/** GET `environment-document/`; `"unchanged"` where the API says that nothing moved since the given date. */
export type LoadDocument = (
  ifModifiedSince: string | undefined,
  call: Call,
) => Promise<DocumentAnswer | "unchanged">;

/** What {@link createLoadDocument} needs of the client. */
export interface LoadDocumentContext {
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: Request;
}

interface Page extends DocumentAnswer {
  readonly overrides: readonly unknown[];
  readonly next: string | undefined;
}

/** More pages than any environment has: a server that never stops must not be followed for ever. */
const maxPages = 1000;

/** Makes the function that loads the environment document and follows its pages. */
export function createLoadDocument({
  apiUrl,
  headers,
  request,
}: LoadDocumentContext): LoadDocument {
  const first = `${apiUrl}environment-document/`;

  const page = (url: string, call: Call, ifModifiedSince?: string) =>
    request(
      {
        method: "GET",
        url,
        headers: { ...headers, ...(ifModifiedSince && { "If-Modified-Since": ifModifiedSince }) },
        expected: "an environment document",
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
      if (originOf(next) !== originOf(first)) throw foreignPage(first, next);
      if (visited.size === maxPages || visited.has(next)) throw endless(first);
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

function readPage({ text, headers, sentAt }: SentAnswer, url: string): Page | undefined {
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
    next: nextPage(headers.get("link") ?? "", url),
  };
}

/** `rel` may name several relations, in quotes. */
const isNext = /;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?=\s*(?:[;,]|$)))/i;

/** The target of the `rel="next"` link (RFC 8288), resolved. */
function nextPage(link: string, url: string): string | undefined {
  for (const [, target = "", parameters = ""] of link.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (isNext.test(parameters) && URL.canParse(target, url)) return new URL(target, url).href;
  }
  return undefined;
}

function foreignPage(first: string, next: string): FlagsmithAPIError {
  const origins = `from ${originOf(first)} to ${originOf(next)}`;
  const message = `GET ${first} has its next page elsewhere, ${origins}; if that is right, set apiUrl to it.`;
  return new FlagsmithAPIError("API_UNREACHABLE", message);
}

function endless(first: string): FlagsmithAPIError {
  const message = `GET ${first} has pages without end, or more than ${maxPages}.`;
  return new FlagsmithAPIError("INVALID_RESPONSE", message);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
