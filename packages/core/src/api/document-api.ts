import { FlagsmithAPIError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import { readOrigin } from "../http/fetch.ts";
import { outsideRender } from "../http/render-signal.ts";
import type { TimedResponse } from "../http/request.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { getMember, isRecord, parseJson } from "../platform/json.ts";
import { parseUrl } from "../platform/parse-url.ts";
import type { Timers } from "../platform/platform.ts";

/** An environment document from the API, with all its pages. */
interface DocumentResponse {
  readonly document: Readonly<Record<string, unknown>>;
  /** The document as JSON. */
  readonly text: string;
  /** When its request was sent. A later request has the newer document. */
  readonly sentAt: number;
}

/** Parses the text of a document, or of one of its pages. Returns `undefined` for invalid JSON. */
export type ParseDocument = (text: string, isPage: boolean) => unknown;

/** GET `environment-document/`, with all pages. @throws {@link FlagsmithAPIError} */
export type LoadDocument = (call: Call, parse?: ParseDocument) => Promise<DocumentResponse>;

interface Page extends DocumentResponse {
  readonly next: string | undefined;
}

/** More pages than any environment has, in case a server never stops. */
const maxPages = 1000;

/** Loads of one document that changed between two of its pages. */
const maxAttempts = 3;

/** Creates the function that loads the environment document and all its pages. */
export function createLoadDocument(
  { apiUrl, maxDocumentBytes }: Pick<ParsedOptions, "apiUrl" | "maxDocumentBytes">,
  connection: Connection,
  timers: Timers,
): LoadDocument {
  const headers = connection.createHeaders(apiUrl);
  const send = connection.createSendRequest(timers);
  const first = `${apiUrl}environment-document/`;

  const load = (url: string, call: Call, maxBytes: number, parse?: ParseDocument) => {
    const limit = { maxBytes, option: "maxDocumentBytes" };
    const read = (response: TimedResponse) => readPage(response, url, parse);
    const init = call.isBackground && outsideRender;
    return send({ method: "GET", url, headers, limit, read, init }, call);
  };

  /** Returns `undefined` if the document changed while its pages were loaded. */
  const loadPages = async (call: Call, parse?: ParseDocument) => {
    const head = await load(first, call, maxDocumentBytes, parse);
    if (head.next === undefined) return head;
    const overrides = [head.document["identity_overrides"] ?? []];
    const visited = new Set([first]);
    // The limit is that of all pages. A character has at least one byte.
    let remainingBytes = maxDocumentBytes - head.text.length;
    let next: string | undefined = head.next;
    while (next !== undefined) {
      assertOwnPage(first, next);
      if (visited.size === maxPages || visited.has(next)) {
        throw createPagesError(first, `has a cycle of pages, or more than ${maxPages}`);
      }
      visited.add(next);
      const page = await load(next, call, Math.max(0, remainingBytes));
      remainingBytes -= page.text.length;
      if (!isSameVersion(head.document, page.document)) return undefined;
      overrides.push(page.document["identity_overrides"] ?? []);
      next = page.next;
    }
    // Anything but a list is a malformed override.
    const document = { ...head.document, identity_overrides: overrides.flat() };
    return { document, text: JSON.stringify(document), sentAt: head.sentAt };
  };

  return async (call, parse) => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const response = await loadPages(call, parse);
      if (response) return response;
    }
    throw createPagesError(first, `returned pages of different versions ${maxAttempts} times`);
  };
}

/** Each page is the whole document with a part of its identity overrides. A page without a date can be of any version. */
function isSameVersion(first: unknown, second: unknown): boolean {
  return ["updated_at", "api_key", "id"].every((name) => {
    const [one, other] = [getMember(first, name), getMember(second, name)];
    return one === undefined || other === undefined || one === other;
  });
}

function readPage(
  { text, headers, sentAt }: TimedResponse,
  url: string,
  parse: ParseDocument = parseJson,
): Page | undefined {
  const next = findNextPage(headers.get("link") ?? "", url);
  const document = parse(text, next !== undefined);
  return isRecord(document) ? { document, text, sentAt, next } : undefined;
}

/** Node.js accepts no longer headers. */
const maxLinkLength = 16_384;
const linkPattern = /<([^<>]*)>([^<]*)/g;
/** A parameter with its value in quotes, or without. */
const linkParameterPattern = /;\s*([\w*-]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]*))/g;

/** Returns the absolute target of the `rel="next"` link (RFC 8288). */
function findNextPage(link: string, url: string): string | undefined {
  // Both expressions take time linear in the header.
  const links = link.slice(0, maxLinkLength).matchAll(linkPattern);
  for (const [, target = "", parameters = ""] of links) {
    const next = isNext(parameters) && parseUrl(target, url);
    if (next) return next.href;
  }
  return undefined;
}

/** `rel` may contain several relations. */
function isNext(parameters: string): boolean {
  for (const [, name = "", quoted, bare = ""] of parameters.matchAll(linkParameterPattern)) {
    const relations = (quoted ?? bare).toLowerCase().split(/\s+/);
    if (name.toLowerCase() === "rel" && relations.includes("next")) return true;
  }
  return false;
}

/** @throws {@link FlagsmithAPIError} unless a URL is at the path of the document, or below it. */
function assertOwnPage(first: string, next: string): void {
  const [origin, target] = [readOrigin(first), readOrigin(next)];
  if (origin !== target) {
    const message = `GET ${first} has its next page at another origin (from ${origin} to ${target}): if that is right, set apiUrl to it.`;
    throw new FlagsmithAPIError("API_UNREACHABLE", message);
  }
  const { pathname, username, password } = new URL(next);
  const isBelow = `${pathname}/`.startsWith(new URL(first).pathname);
  if (isBelow && username + password === "") return;
  throw createPagesError(first, "has its next page at another path, which is not followed");
}

function createPagesError(first: string, problem: string): FlagsmithAPIError {
  return new FlagsmithAPIError("INVALID_RESPONSE", `GET ${first} ${problem}.`);
}
