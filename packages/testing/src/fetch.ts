import type { ApiRequest } from "./api-request.ts";
import type { ApiResponse } from "./api-response.ts";
import { createBodyStream, createResetError, type Delay } from "./body-stream.ts";

/** The standard `fetch` function. */
export type FetchFunction = (
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>;

/** A request with the parts of it that the API does not receive. */
interface FetchRequest extends ApiRequest {
  readonly url: URL;
  readonly redirect: string;
  readonly signal: AbortSignal | undefined;
}

/** As in the fetch standard. */
const maxFetchRedirects = 20;
const nullBodyStatuses = [101, 204, 205, 304];

/** Creates a `fetch` that reaches the API in memory. Faults and aborts look as they do over a network. */
export function createFetch(
  handle: (request: ApiRequest) => Promise<ApiResponse>,
  delay: Delay,
): FetchFunction {
  return async (input, init) => {
    let request = await readFetchArguments(input, init);
    for (let redirects = 0; ; redirects++) {
      const response = await exchange(request, handle, delay);
      const { status, headers } = response;
      const location = status >= 300 && status < 400 ? headers["location"] : undefined;
      if (location === undefined || request.redirect === "manual") {
        return createResponse(response, request, { delay, redirected: redirects > 0 });
      }
      if (request.redirect === "error" || redirects === maxFetchRedirects) {
        const reason =
          request.redirect === "error" ? "unexpected redirect" : "redirect count exceeded";
        throw new TypeError("fetch failed", { cause: new Error(reason) });
      }
      request = followRedirect(request, status, new URL(location, request.url));
    }
  };
}

async function exchange(
  request: FetchRequest,
  handle: (request: ApiRequest) => Promise<ApiResponse>,
  delay: Delay,
): Promise<ApiResponse> {
  const { signal } = request;
  throwIfAborted(signal);
  const response = await raceAbort(handle(request), signal);
  const { delivery } = response;
  if (delivery.kind === "reset") throw createResetError("fetch failed");
  if (delivery.kind === "hang") await raceAbort(new Promise<never>(() => {}), signal);
  if (delivery.kind === "late") await delay(delivery.delayMs, signal);
  throwIfAborted(signal);
  return response;
}

function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // A signal that has already aborted does not call new listeners.
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const release = () => signal.removeEventListener("abort", onAbort);
    promise.then(resolve, reject).finally(release);
  });
}

async function readFetchArguments(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<FetchRequest> {
  const request = typeof input === "object" && "headers" in input ? input : undefined;
  const url = new URL(request?.url ?? String(input));
  const headers = new Headers(init?.headers ?? request?.headers);
  const body = init?.body ?? (init?.body === undefined ? request?.body : undefined) ?? undefined;
  const content = body === undefined ? undefined : new Response(body);
  const type = content?.headers.get("content-type");
  if (type && !headers.has("content-type")) headers.set("content-type", type);
  if (!headers.has("accept")) headers.set("accept", "*/*");
  const signal = init?.signal === undefined ? request?.signal : init.signal;
  throwIfAborted(signal);
  return {
    ...splitUrl(url),
    method: (init?.method ?? request?.method ?? "GET").toUpperCase(),
    // happy-dom's Headers does not list names in lower case.
    headers: Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value])),
    body: content === undefined ? new Uint8Array() : new Uint8Array(await content.arrayBuffer()),
    redirect: init?.redirect ?? request?.redirect ?? "follow",
    signal: signal ?? undefined,
  };
}

function splitUrl(url: URL): Pick<FetchRequest, "url" | "origin" | "path" | "search"> {
  return { url, origin: url.origin, path: url.pathname, search: url.search };
}

/** Changes method and body as the fetch standard says. All headers are kept, the key included. */
function followRedirect(request: FetchRequest, status: number, url: URL): FetchRequest {
  const moved = { ...request, ...splitUrl(url) };
  const becomesGet =
    ((status === 301 || status === 302) && request.method === "POST") ||
    (status === 303 && request.method !== "GET" && request.method !== "HEAD");
  if (!becomesGet) return moved;
  const { "content-type": _, ...headers } = request.headers;
  return { ...moved, method: "GET", headers, body: new Uint8Array() };
}

function createResponse(
  response: ApiResponse,
  { url, method, signal }: FetchRequest,
  { delay, redirected }: { readonly delay: Delay; readonly redirected: boolean },
): Response {
  const { status, headers } = response;
  const hasBody = !nullBodyStatuses.includes(status) && method !== "HEAD";
  const body = hasBody ? createBodyStream(response, delay, signal) : null;
  const created = new Response(body, { status, headers });
  // A constructed response has no URL, but clients name it in their errors.
  Object.defineProperty(created, "url", { value: url.href });
  Object.defineProperty(created, "redirected", { value: redirected });
  return created;
}
