import { createFetch, FetchError } from "ofetch";
import { FlagsmithAPIError } from "../errors.ts";
import type { Fetch } from "../ports/platform.ts";
import { copyError, type Redact, redactionOf } from "./redaction.ts";

/** One request, before redirects. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** An answer whose body has arrived whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What {@link createSend} needs of the client. */
export interface HttpContext {
  readonly fetch: Fetch;
  readonly redact: Redact;
  /** Judges one error; its causes are judged one by one. */
  readonly isPermissionError: (error: unknown) => boolean;
}

/** Sends one request and reads its whole answer; `signal` also ends the reading of the body. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/** A request that no retry can help: the answer led away from the API. */
export class RedirectRefused extends FlagsmithAPIError {}

const maxRedirects = 5;

/**
 * Makes the one function through which every request goes.
 *
 * It throws {@link FlagsmithAPIError} `API_UNREACHABLE` or `PERMISSION_DENIED`; any status is an answer.
 */
export function createSend({ fetch, redact, isPermissionError }: HttpContext): Send {
  const request = createFetch({
    fetch: (input, init) => fetch(String(input), init ?? {}),
    // ofetch's own timeout ends at the headers and its retries cannot be aborted: both are ours.
    defaults: { retry: false, responseType: "text", ignoreResponseError: true, redirect: "manual" },
  });

  async function once({ method, url, headers, body }: HttpRequest, signal: AbortSignal) {
    try {
      const options = { method, headers, signal, ...(body === undefined ? {} : { body }) };
      const {
        status,
        headers: answered,
        _data: text,
      } = await request.raw<string, "text">(url, options);
      return { status, headers: answered, text: text ?? "" };
    } catch (thrown) {
      throw thrown instanceof FetchError ? thrown.cause : thrown;
    }
  }

  function unreachable(raw: unknown, { method, url, body = "" }: HttpRequest): FlagsmithAPIError {
    const what = `${method} ${url}`;
    // The body holds the identifier and the traits.
    const hideBody = redactionOf([body]);
    const cause = copyError(raw, (text) => redact(hideBody(text)));
    const reason = rootMessage(cause);
    return chainOf(raw).some(isPermissionError)
      ? new FlagsmithAPIError("PERMISSION_DENIED", `${what} is not permitted: ${reason}.`, {
          cause,
        })
      : new FlagsmithAPIError("API_UNREACHABLE", `${what} got no answer: ${reason}.`, { cause });
  }

  return async (first, signal) => {
    let current = first;
    for (let redirects = 0; ; redirects++) {
      const answer = await once(current, signal).catch((thrown: unknown) => {
        // Named as it was asked: where a redirect led may hold what must not be read.
        throw unreachable(thrown, first);
      });
      const location = isRedirect(answer.status) ? answer.headers.get("location") : null;
      if (location === null) return answer;
      if (redirects === maxRedirects) {
        throw refused(
          first,
          `was redirected more than ${maxRedirects} times within ${originOf(first.url)}`,
        );
      }
      current = { ...current, url: sameOrigin(first, current.url, location) };
    }
  };
}

/** An error and its causes; bounded, because a cause may lead back to itself. */
function chainOf(error: unknown): readonly unknown[] {
  const chain = [error];
  while (chain.length < maxCauses) {
    const last = chain.at(-1);
    if (!(last instanceof Error) || last.cause === undefined) break;
    chain.push(last.cause);
  }
  return chain;
}

const maxCauses = 8;

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** Where a redirect leads, if it stays at the origin: the key must not reach another. */
function sameOrigin(first: HttpRequest, from: string, location: string): string {
  if (!URL.canParse(location, from))
    throw refused(first, "was redirected to something that is no URL");
  const target = new URL(location, from);
  if (target.origin !== originOf(from)) {
    const origins = `from ${originOf(from)} to ${target.origin}`;
    throw refused(first, `was redirected ${origins}; if that is right, set apiUrl to it`);
  }
  return target.href;
}

function refused({ method, url }: HttpRequest, complaint: string): RedirectRefused {
  return new RedirectRefused("API_UNREACHABLE", `${method} ${url} ${complaint}.`);
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
