import type { SeenRequest } from "./fake-platform.ts";

/** A JSON response. */
export function json(body: unknown, init: ResponseInit = {}): Response {
  const headers = { "Content-Type": "application/json", ...init.headers };
  return new Response(JSON.stringify(body), { ...init, headers });
}

/** A response with this status and a short text, without a content type. */
export function status(code: number, headers: Record<string, string> = {}): Response {
  return new Response(new TextEncoder().encode(`status ${code}`), { status: code, headers });
}

/** A redirect. */
export function redirect(location: string, code = 302): Response {
  return status(code, { Location: location });
}

/** A connection without a response. It observes its signal, as the `fetch` of every runtime does. */
export function hang({ signal }: Pick<SeenRequest, "signal">): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

/** A connection without a response that ignores its signal. */
export function hangDeaf(): Promise<Response> {
  return new Promise(() => undefined);
}

/** A response whose body never ends. */
export function endlessBody(): Response {
  return new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("[")),
    }),
  );
}

/** A response whose connection breaks in the middle of the body. */
export function cutBody(init: ResponseInit = {}): Response {
  return new Response(
    new ReadableStream({
      pull: (controller) => controller.error(new TypeError("terminated")),
    }),
    init,
  );
}

/** A response with this status whose body ends when the request is aborted, with an error. */
export function abortableBody({ signal }: Pick<SeenRequest, "signal">, code: number): Response {
  return new Response(
    new ReadableStream({
      start: (controller) =>
        signal?.addEventListener("abort", () => controller.error(signal.reason)),
    }),
    { status: code },
  );
}

/** A response that the test sends with `respond`. */
export function deferredResponse() {
  let respond = (_response: Response) => {};
  const response = new Promise<Response>((resolve) => {
    respond = resolve;
  });
  return { response, respond };
}

/** A connection that fails. */
export function reset(): never {
  throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
}

/** A flag in the format of the API. */
export function apiFlag(name: string, more: object = {}) {
  return { id: 7, feature: { id: 3, name }, feature_state_value: "on", enabled: true, ...more };
}
