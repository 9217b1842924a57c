import { Readable } from "node:stream";

/** A response. A body is complete if it is short and plain, so that it needs no stream. */
export interface UndiciResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: readonly Uint8Array[] | Readable;
}

type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The part of undici's controller that is used. */
interface Controller {
  abort(reason: unknown): void;
  pause(): void;
  resume(): void;
}

/** Longer bodies are limited while they are read. */
const maxCompleteBytes = 1_000_000;

/**
 * Receives a response from a dispatcher. `dispatcher.request()` would create a stream for each response, which takes 15 %
 * of a call.
 */
export class ResponseHandler {
  readonly #signal: AbortSignal;
  readonly #resolve: (response: UndiciResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onAbort = () => this.#abort();
  /** Missing before the request is sent, and after its end. */
  #controller: Omit<Controller, "pause"> | undefined;
  #complete: { status: number; headers: ResponseHeaders; body: Uint8Array[] } | undefined;
  #stream: Readable | undefined;

  constructor(
    signal: AbortSignal,
    resolve: (response: UndiciResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener("abort", this.#onAbort);
  }

  /** Called again for each attempt of a `RetryAgent`. */
  onRequestStart(controller: Omit<Controller, "pause">): void {
    this.#controller = controller;
    if (this.#signal.aborted) controller.abort(this.#signal.reason);
  }

  onResponseStart(_controller: unknown, status: number, headers: ResponseHeaders): void {
    if (status < 200) return;
    const {
      "content-encoding": encoding,
      "content-length": length,
      "content-type": type,
    } = headers;
    const isPlain = status === 200 && encoding === undefined && !/event-stream/i.test(`${type}`);
    if (isPlain && Number(length) <= maxCompleteBytes) {
      this.#complete = { status, headers, body: [] };
      return;
    }
    this.#stream = new Readable({
      // Not paused, because the `RetryAgent` of undici 6 and 7.8 cannot resume the rest of a body that broke off.
      highWaterMark: (isPlain && Number(length) + 1) || undefined,
      read: () => this.#controller?.resume(),
      destroy: (error, done) => {
        this.#controller?.abort(error ?? createCancelError());
        this.#end();
        done(error);
      },
    });
    // Without a listener, the error of a stream that is not read ends the process.
    this.#stream.on("error", () => undefined);
    this.#resolve({ status, headers, body: this.#stream });
  }

  onResponseData(controller: Controller, chunk: Uint8Array): void {
    // The `RetryAgent` of undici 7 requests the rest of a body that broke off, even if it was cancelled since.
    if (this.#signal.aborted || this.#stream?.destroyed) controller.abort(createCancelError());
    else if (!this.#add(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#end();
    this.#stream?.push(null);
    if (this.#complete) this.#resolve(this.#complete);
    // After a status of 1xx, a `RetryAgent` does not report the status of the response.
    else if (!this.#stream) this.#reject(new Error("The agent has reported no final status."));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#end();
    this.#stream?.destroy(error);
    this.#reject(error);
  }

  // undici 6 and the mocks of undici 7 call the methods below instead of those above.

  onConnect(abort: Controller["abort"]): void {
    this.onRequestStart({ abort, resume: () => undefined });
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[], resume: () => void): boolean {
    const headers: Record<string, string[]> = Object.create(null);
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = String(rawHeaders[i]).toLowerCase();
      headers[name] = [...(headers[name] ?? []), String(rawHeaders[i + 1])];
    }
    if (this.#controller) this.#controller.resume = resume;
    this.onResponseStart(undefined, status, headers);
    return true;
  }

  onData(chunk: Uint8Array): boolean {
    return this.#add(chunk);
  }

  onComplete(): void {
    this.onResponseEnd();
  }

  onError(error: Error): void {
    this.onResponseError(undefined, error);
  }

  /** Returns whether more may follow before the body is read. */
  #add(chunk: Uint8Array): boolean {
    if (!this.#complete) return this.#stream?.push(chunk) ?? true;
    return this.#complete.body.push(chunk) > 0;
  }

  #abort(): void {
    const { reason } = this.#signal;
    this.#controller?.abort(reason);
    // Not sent yet, or an agent that does not report the end.
    this.onResponseError(undefined, reason);
  }

  #end(): void {
    this.#controller = undefined;
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

function createCancelError(): Error {
  return new Error("The body was cancelled.");
}
