import { createFetch, FetchError } from "ofetch";
import { FlagsmithAPIError } from "../errors.ts";
import type { Fetch } from "../platform/platform.ts";
import { chainOf, copyError, type Redact, redactionOf } from "./redaction.ts";

/** One request, before redirects. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The option that its URL is made of, for messages; `apiUrl` where it is missing. */
  readonly urlOption?: string | undefined;
}

/** An answer whose body has arrived whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What {@link createHttp} needs of the client. */
export interface HttpContext {
  readonly fetch: Fetch;
  readonly redact: Redact;
  /** Judges one error; its causes are judged one by one. */
  readonly isPermissionError: (error: unknown) => boolean;
}

/** Sends one request and reads its whole answer; `signal` also ends the reading of the body. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/** Sends one request, whose answer is yet to be read: `signal` ends that too. */
export type Open = (request: HttpRequest, signal: AbortSignal) => Promise<Response>;

/** A request that no retry can help: the answer led away from the API. */
export class RedirectRefused extends FlagsmithAPIError {}

const maxRedirects = 5;

/** The functions through which every request goes. */
export interface Http {
  readonly open: Open;
  readonly send: Send;
}

/**
 * Makes the functions through which every request goes.
 *
 * They throw {@link FlagsmithAPIError} `API_UNREACHABLE` or `PERMISSION_DENIED`; any status is an answer.
 */
export function createHttp(context: HttpContext): Http {
  const request = createFetch({
    fetch: (input, init) => context.fetch(String(input), init ?? {}),
    // ofetch's own timeout ends at the headers and its retries cannot be aborted: both are ours.
    defaults: {
      retry: false,
      responseType: "stream",
      ignoreResponseError: true,
      redirect: "manual",
    },
  });

  const open: Open = async (first, signal) => {
    const { method, headers, body } = first;
    const options = { method, headers, signal, ...(body === undefined ? {} : { body }) };
    let { url } = first;
    for (let redirects = 0; ; redirects++) {
      const ask = () => request.raw<unknown, "stream">(url, options);
      const answer = await reaching(ask, first, context);
      const location = isRedirect(answer.status) ? answer.headers.get("location") : null;
      if (location === null) return answer;
      // Unread: it may have no end.
      await reaching(async () => answer.body?.cancel(), first, context);
      if (redirects === maxRedirects) {
        const complaint = `more than ${maxRedirects} times within ${originOf(url)}`;
        throw refused(complaint, first, context);
      }
      url = sameOrigin({ from: url, location }, first, context);
    }
  };

  const send: Send = async (first, signal) => {
    const answer = await open(first, signal);
    const { status, headers } = answer;
    // It has no body, whatever a fetch makes of that.
    const text = status === 304 ? "" : await reaching(() => answer.text(), first, context);
    return { status, headers, text };
  };

  return { open, send };
}

async function reaching<T>(
  work: () => Promise<T>,
  request: HttpRequest,
  context: HttpContext,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const raw = thrown instanceof FetchError ? thrown.cause : thrown;
    // The way in which Next.js leaves the rendering of a page: it has to arrive there as it is.
    if (raw instanceof Error && "digest" in raw) throw raw;
    // Named as it was asked: where a redirect led may hold what must not be read.
    throw unreachable(raw, request, context);
  }
}

function nameOf({ method, url }: HttpRequest, { redact }: HttpContext): string {
  return redact(`${method} ${url}`);
}

function unreachable(raw: unknown, request: HttpRequest, context: HttpContext): FlagsmithAPIError {
  const what = nameOf(request, context);
  // The body holds the identifier and the traits.
  const hideBody = redactionOf([request.body ?? ""]);
  const chain = chainOf(raw);
  const cause = copyError(chain, (text) => context.redact(hideBody(text)));
  const reason = rootMessage(cause);
  return chain.some(context.isPermissionError)
    ? new FlagsmithAPIError("PERMISSION_DENIED", `${what} is not permitted: ${reason}.`, { cause })
    : new FlagsmithAPIError("API_UNREACHABLE", `${what} got no answer: ${reason}.`, { cause });
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

interface Redirect {
  readonly from: string;
  readonly location: string;
}

/** Where a redirect leads, if it stays at the origin: the key must not reach another. */
function sameOrigin(
  { from, location }: Redirect,
  first: HttpRequest,
  context: HttpContext,
): string {
  if (!URL.canParse(location, from)) throw refused("to something that is no URL", first, context);
  const { origin, href } = new URL(location, from);
  if (origin === originOf(from)) return href;
  const option = first.urlOption ?? "apiUrl";
  const complaint = `from ${originOf(from)} to ${origin}; if that is right, set ${option} to it`;
  throw refused(complaint, first, context);
}

function refused(complaint: string, first: HttpRequest, context: HttpContext): RedirectRefused {
  const message = `${nameOf(first, context)} was redirected ${complaint}.`;
  return new RedirectRefused("API_UNREACHABLE", message);
}

/** The origin of an absolute URL. */
export function originOf(url: string): string {
  return new URL(url).origin;
}

/** The innermost message says most: "fetch failed" wraps the reason. Some reasons have but a code. */
function rootMessage(error: Error & { readonly code?: unknown }): string {
  if (error.cause instanceof Error) return rootMessage(error.cause);
  return error.message || (typeof error.code === "string" ? error.code : error.name);
}
