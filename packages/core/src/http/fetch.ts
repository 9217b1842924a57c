import { type CreateFetchOptions, createFetch, FetchError, type FetchOptions } from "ofetch";
import {
  createInvalidResponseError,
  createOptionError,
  FlagsmithAPIError,
  FlagsmithClientError,
} from "../errors.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { parseUrl } from "../platform/parse-url.ts";
import type { Fetch, FetchInit, FetchResponse, Platform } from "../platform/platform.ts";
import { copyError, createRedact, listCauses, type Redact, redactWords } from "./redaction.ts";
import { isRenderSignal, type outsideRender } from "./render-signal.ts";

/** A request to the Flagsmith API. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Further members of the init object of `fetch`. */
  readonly init?:
    | (Pick<FetchInit, "keepalive"> & Partial<typeof outsideRender>)
    | false
    | undefined;
  /** Whether a caller waits for flags, so that the request is sent without ofetch's merging of options. */
  readonly isEvaluation?: boolean;
  /** Values of the body that errors must not contain. Called only if the request fails. */
  readonly listSecrets?: (() => readonly string[]) | undefined;
  /** The longest response in bytes, and the option that limits it. Defaults to `maxResponseBytes`. */
  readonly limit?: { readonly maxBytes: number; readonly option: string } | undefined;
  /** The option that the URL comes from, for messages. Defaults to `apiUrl`. */
  readonly urlOption?: string | undefined;
}

/** A response whose body was read completely. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: FetchResponse["headers"];
  readonly text: string;
}

/** The API redirected to another origin or too often. Retries cannot help. */
export class RedirectError extends FlagsmithAPIError {}

type OfetchFetch = NonNullable<CreateFetchOptions["fetch"]>;

const maxRedirects = 5;

/** The encodings of more secrets, such as those of a thousand events, would block the process for too long. */
const maxSecrets = 200;

/** A longer body of an error response is not read, because it contains more than a reason. */
const maxErrorBytes = 64_000;

/**
 * Sends single requests and follows redirects within their origin.
 *
 * A response with an error status is returned. Throws {@link FlagsmithAPIError} `API_UNREACHABLE` or
 * `PERMISSION_DENIED` without a response.
 */
export class HttpClient {
  readonly #ofetch: ReturnType<typeof createFetch>;
  readonly #redact: Redact;
  readonly #isPermissionError: (error: unknown) => boolean;
  readonly #limit: NonNullable<HttpRequest["limit"]>;

  /** @param options - `isPermissionError` checks one error. It is also called for each cause. */
  constructor(
    fetch: Fetch,
    redact: Redact,
    options: {
      readonly isPermissionError?: ((error: unknown) => boolean) | undefined;
      readonly maxResponseBytes: number;
    },
  ) {
    // `raw` adds ofetch's own options. A custom fetch receives only those of `fetch`.
    const send = (url: string, options: FetchInit & { readonly init?: FetchInit }) =>
      fetch(url, options.init ?? options);
    // ofetch's timeout ends at the headers and its retries cannot be aborted, so both are off.
    const defaults = { retry: false, responseType: "stream", ignoreResponseError: true } as const;
    this.#ofetch = createFetch({ fetch: send as unknown as OfetchFetch, defaults });
    this.#redact = redact;
    this.#isPermissionError = options.isPermissionError ?? (() => false);
    this.#limit = { maxBytes: options.maxResponseBytes, option: "maxResponseBytes" };
  }

  /**
   * Sends a request and reads the whole body. `signal` also ends the reading. The text of an error that is long or cannot
   * be read is empty.
   *
   * @throws {@link FlagsmithAPIError} `INVALID_RESPONSE` if the body is longer than the request's limit.
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const targets: string[] = [];
    try {
      const response = await this.#follow(request, signal, targets);
      const { status, headers } = response;
      const isSuccess = isSuccessful(status);
      const { maxBytes, option } = request.limit ?? this.#limit;
      const maxReadBytes = isSuccess ? maxBytes : Math.min(maxBytes, maxErrorBytes);
      const text = await readBody(response, maxReadBytes).catch((error) => {
        if (isSuccess) throw error;
        return undefined;
      });
      // The status counts, even without its reason. Some fetch implementations cannot read a 304.
      if (text !== undefined || !isSuccess) return { status, headers, text: text ?? "" };
      const name = this.#redact(describeRequest(request));
      const message = `${name} returned more bytes than ${option} allows.`;
      throw createInvalidResponseError(message, status);
    } catch (error) {
      throw this.#convertError(error, request, targets);
    }
  }

  /** Sends a request. The caller reads the body, which `signal` ends as well. */
  async open(request: HttpRequest, signal: AbortSignal): Promise<FetchResponse> {
    const targets: string[] = [];
    try {
      return await this.#follow(request, signal, targets);
    } catch (error) {
      throw this.#convertError(error, request, targets);
    }
  }

  /** Removes the client's secrets from errors of a request, and its body, the secrets in it and the targets. */
  redactFor({ body = "", listSecrets }: HttpRequest, targets: readonly string[] = []): Redact {
    const create = (): Redact => {
      const secrets = listSecrets?.() ?? [];
      const bodies = [body, ...targets];
      return secrets.length > maxSecrets
        ? (text) => redactWords(text, bodies.join())
        : createRedact(secrets, bodies);
    };
    let redact: Redact | undefined;
    // The client's secrets first, because another one may be a part of them.
    return (text) => {
      redact ??= create();
      return redact(this.#redact(text));
    };
  }

  /** Follows redirects. Adds their targets to the list, because errors must not quote them. */
  async #follow(
    request: HttpRequest,
    signal: AbortSignal,
    targets: string[],
  ): Promise<FetchResponse> {
    let { method, url, body } = request;
    for (let redirects = 0; ; redirects++) {
      // Copied, because a custom fetch may add headers for one request.
      const headers = { ...request.headers };
      const init: FetchInit = { method, headers, signal, redirect: "manual", ...request.init };
      if (body !== undefined) init.body = body;
      // ofetch's merging of the options costs 5 to 10 % of a call.
      const response: FetchResponse = request.isEvaluation
        ? await this.#ofetch.native(url, init)
        : await this.#ofetch.raw(url, { ...init, init } as FetchOptions);
      // A mock often has no more than `ok`, `status` and `json`.
      if (!response?.headers) throw new TypeError("fetch returned no Response");
      // A custom fetch may follow redirects itself, or call another server.
      if (response.url && response.url !== url && readOrigin(response.url) !== readOrigin(url)) {
        throw this.#createForeignError(url, response.url, request);
      }
      const location = response.headers.get("location");
      const isRedirect = [301, 302, 303, 307, 308].includes(response.status);
      if (location === null || !isRedirect) return response;
      targets.push(location);
      // Not read, because it may be endless.
      discardBody(response);
      if (redirects === maxRedirects) {
        const problem = `more than ${maxRedirects} times within ${readOrigin(url)}`;
        throw this.#createRedirectError(problem, request);
      }
      url = this.#resolveRedirect(url, location, request);
      targets.push(url);
      // A 303 is the result of the POST, at another URL (RFC 9110, 15.4.4).
      if (response.status === 303) [method, body] = ["GET", undefined];
    }
  }

  /** Returns the error of the caller. */
  #convertError(thrown: unknown, request: HttpRequest, targets: readonly string[]): unknown {
    try {
      const error = thrown instanceof FetchError ? thrown.cause : thrown;
      // An SDK error is one of the API, or of an option that only a request can check.
      if (isRenderSignal(error) || error instanceof FlagsmithClientError) return error;
      const name = this.#redact(describeRequest(request));
      const causes = listCauses(error);
      const cause = copyError(causes, this.redactFor(request, targets));
      const reason = readRootMessage(cause);
      return causes.some(this.#isPermissionError)
        ? new FlagsmithAPIError("PERMISSION_DENIED", `${name} is not permitted: ${reason}.`, {
            cause,
          })
        : new FlagsmithAPIError("API_UNREACHABLE", `${name} failed: ${reason}.`, { cause });
    } catch {
      // A member of the error throws when it is read.
      return this.#convertError("an unreadable error", request, targets);
    }
  }

  /** Returns the target of a redirect. The environment key must not reach another origin. */
  #resolveRedirect(from: string, location: string, request: HttpRequest): string {
    const target = parseUrl(location, from);
    if (!target) throw this.#createRedirectError("to an invalid URL", request);
    const { origin, href, username, password } = target;
    if (origin === readOrigin(from)) {
      if (username + password === "") return href;
      throw this.#createRedirectError(`to a URL with credentials at ${origin}`, request);
    }
    const secure = new URL(href.replace(/^http:/, "https:")).href;
    // A proxy behind a balancer that ends TLS does not know about it. The request stays encrypted.
    const current = new URL(from).href;
    if (secure !== current && withoutSlash(secure) === withoutSlash(current)) return secure;
    throw this.#createForeignError(from, href, request);
  }

  #createForeignError(from: string, to: string, request: HttpRequest): RedirectError {
    const [origin, target] = [readOrigin(from), readOrigin(to)];
    const { urlOption = "apiUrl" } = request;
    const advice =
      target.replace(/^http:/, "https:") === origin
        ? "the key is not sent without encryption"
        : `if that is right, set ${urlOption} to it`;
    return this.#createRedirectError(`from ${origin} to ${target}; ${advice}`, request);
  }

  #createRedirectError(problem: string, request: HttpRequest): RedirectError {
    const message = `${this.#redact(describeRequest(request))} was redirected ${problem}.`;
    return new RedirectError("API_UNREACHABLE", message);
  }
}

/**
 * Reads the body of a response. Resolves to `undefined` if it is longer than the limit, which applies while reading and
 * to decompressed bytes.
 */
async function readBody(response: FetchResponse, maxBytes: number): Promise<string | undefined> {
  // A custom fetch may have another kind of stream, or none. Then the limit applies before and after reading.
  if (!response.body?.getReader) {
    if (Number(response.headers.get("content-length")) > maxBytes) {
      discardBody(response);
      return undefined;
    }
    const text = await response.text();
    return text.length <= maxBytes ? text : undefined;
  }
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return decode(chunks, byteCount);
    if (byteCount + value.byteLength > maxBytes) {
      // Not awaited, because a custom stream may never settle it.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    byteCount += value.byteLength;
    chunks.push(value);
  }
}

/** Not awaited, because a custom stream may never settle it. Some have no such method. */
function discardBody({ body }: FetchResponse): void {
  body?.cancel?.().catch(() => undefined);
}

let decoder: TextDecoder | undefined;

/** Decodes all chunks together, because a character may be split between two of them. */
function decode(chunks: readonly Uint8Array[], byteCount: number): string {
  // Copying a single chunk would take longer than decoding it.
  const bytes = chunks.length === 1 ? chunks[0] : new Uint8Array(byteCount);
  let offset = 0;
  for (const chunk of chunks) {
    if (bytes !== chunk) bytes?.set(chunk, offset);
    offset += chunk.byteLength;
  }
  // Created once, because that takes as long as decoding a short response.
  decoder ??= new TextDecoder();
  return decoder.decode(bytes);
}

/** Names a request in messages, by its first URL, because the target of a redirect and a query may contain secrets. */
export function describeRequest({ method, url }: HttpRequest): string {
  return `${method} ${url.replace(/\?.*$/s, "")}`;
}

/** Whether a status is one of 2xx. */
export function isSuccessful(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** Removes the slash at the end of a URL's path. */
function withoutSlash(url: string): string {
  return url.replace(/\/(?=$|\?)/, "");
}

/** Reads the origin of an absolute URL. */
export function readOrigin(url: string): string {
  return new URL(url).origin;
}

/**
 * Reads the innermost message, the most specific one, without its end. "fetch failed" wraps the reason. Some errors have
 * only a code.
 */
function readRootMessage(error: Error & { readonly code?: unknown }): string {
  if (error.cause instanceof Error) return readRootMessage(error.cause);
  const reason = error.message.trimEnd().replace(/\.$/, "");
  if (reason) return reason;
  if (typeof error.code === "string") return error.code;
  // The `fetch` of undici refuses a response of status 407 with such an error.
  return error.name === "Error" ? "perhaps with status 407" : error.name;
}

/**
 * Returns the user's `fetch`, or the platform's, through the user's agent.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for an `agent` that the platform cannot use.
 */
export function chooseFetch({ fetch, agent }: ParsedOptions, platform: Platform): Fetch {
  const chosen = fetch ?? platform.fetch;
  if (agent === undefined) return chosen;
  if (platform.throughAgent !== undefined) return platform.throughAgent(chosen, agent);
  const problem = `is not supported on ${platform.name}: pass your own fetch`;
  throw createOptionError("agent", problem);
}
