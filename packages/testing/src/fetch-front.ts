import { type ApiResponse, piecesOf } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import { connectionReset } from "./connection-reset.ts";
import type { Delay } from "./delay.ts";
import { streamBody } from "./stream-body.ts";

/** The standard `fetch`, as SDKs take it. */
export type FetchFunction = (
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>;

/** What the fetch front needs of the API. */
export interface FetchFrontOptions {
  handle(request: ApiRequest): Promise<ApiResponse>;
  readonly delay: Delay;
}

interface Sent extends ApiRequest {
  readonly url: URL;
  readonly redirect: string;
  readonly signal: AbortSignal | undefined;
}

const maxRedirects = 20;
const nullBodyStatuses = [101, 204, 205, 304];

/** The API as a `fetch`: answers travel in memory, faults and aborts look as they do on a wire. */
export function fetchOf(options: FetchFrontOptions): FetchFunction {
  return async (input, init) => {
    let sent = await readRequest(input, init);
    for (let redirects = 0; ; redirects++) {
      const answer = await exchange(sent, options);
      const location = answer.status >= 300 && answer.status < 400 && answer.headers["location"];
      if (typeof location !== "string" || sent.redirect === "manual") {
        return responseOf(answer, { sent, delay: options.delay, redirected: redirects > 0 });
      }
      if (sent.redirect === "error" || redirects === maxRedirects) {
        const why = sent.redirect === "error" ? "unexpected redirect" : "redirect count exceeded";
        throw new TypeError("fetch failed", { cause: new Error(why) });
      }
      sent = redirected(sent, answer.status, new URL(location, sent.url));
    }
  };
}

async function exchange(sent: Sent, { handle, delay }: FetchFrontOptions): Promise<ApiResponse> {
  const { signal } = sent;
  throwIfAborted(signal);
  const outcome = await untilAborted(handle(sent), signal);
  const { delivery } = outcome;
  if (delivery.kind === "reset") throw connectionReset("fetch failed");
  if (delivery.kind === "hang") await untilAborted(new Promise<never>(() => {}), signal);
  if (delivery.kind === "late") await delay(delivery.delayMs, signal);
  throwIfAborted(signal);
  return outcome;
}

function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // A signal that aborted while the step before was ending calls nobody any more.
  throwIfAborted(signal);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}

async function readRequest(input: string | URL | Request, init?: RequestInit): Promise<Sent> {
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
    url,
    ...placeOf(url),
    method: (init?.method ?? request?.method ?? "GET").toUpperCase(),
    // Not every DOM's Headers lists its names in lower case.
    headers: Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value])),
    body: content === undefined ? new Uint8Array() : new Uint8Array(await content.arrayBuffer()),
    redirect: init?.redirect ?? request?.redirect ?? "follow",
    signal: signal ?? undefined,
  };
}

function placeOf(url: URL): { origin: string; path: string; search: string } {
  return { origin: url.origin, path: url.pathname, search: url.search };
}

/** Changes of method and body as the fetch standard has them; headers go along, keys included. */
function redirected(sent: Sent, status: number, url: URL): Sent {
  const moved = { ...sent, url, ...placeOf(url) };
  const becomesGet =
    ((status === 301 || status === 302) && sent.method === "POST") ||
    (status === 303 && sent.method !== "GET" && sent.method !== "HEAD");
  if (!becomesGet) return moved;
  const { "content-type": _, ...headers } = sent.headers;
  return { ...moved, method: "GET", headers, body: new Uint8Array() };
}

interface ResponseOptions {
  readonly sent: Sent;
  readonly delay: Delay;
  readonly redirected: boolean;
}

function responseOf(answer: ApiResponse, { sent, delay, redirected }: ResponseOptions): Response {
  const { status, headers } = answer;
  const hasBody = !nullBodyStatuses.includes(status) && sent.method !== "HEAD";
  const body = hasBody ? bodyOf(answer, { delay, signal: sent.signal }) : null;
  const response = new Response(body, { status, headers });
  // A constructed response has no URL of its own, and clients name it in their errors.
  Object.defineProperty(response, "url", { value: sent.url.href });
  Object.defineProperty(response, "redirected", { value: redirected });
  return response;
}

interface BodyOptions {
  readonly delay: Delay;
  readonly signal: AbortSignal | undefined;
}

/** Pieces are made as they are read, so that what came before a break is still seen. */
function bodyOf(answer: ApiResponse, { delay, signal }: BodyOptions): ReadableStream<Uint8Array> {
  if (answer.stream !== undefined) return streamBody(answer.stream, signal);
  const pieces = piecesInTime(answer, { delay, signal });
  let release = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const onAbort = () => controller.error(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      release = () => signal?.removeEventListener("abort", onAbort);
    },
    async pull(controller) {
      try {
        const next = await pieces.next();
        if (signal?.aborted) return;
        if (next.done !== true) return controller.enqueue(next.value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      release();
    },
    cancel: () => release(),
  });
}

async function* piecesInTime(
  { body, delivery }: ApiResponse,
  { delay, signal }: BodyOptions,
): AsyncGenerator<Uint8Array, void> {
  if (delivery.kind === "chunks") {
    for (const piece of piecesOf(body, delivery.chunks)) {
      await delay(delivery.delayMs, signal);
      yield piece.slice();
    }
    return;
  }
  const end = delivery.kind === "cut" ? delivery.bytes : body.length;
  if (end > 0) yield body.slice(0, end);
  if (delivery.kind === "cut" && delivery.framing !== "close") {
    const cause = new Error("other side closed");
    throw new TypeError("terminated", { cause });
  }
}
