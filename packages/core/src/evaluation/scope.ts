import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import { createClosedError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import type { ReadyOptions } from "../options/call-options.ts";
import { untilAborted } from "../platform/abort.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers, WaitUntil } from "../platform/platform.ts";

/** The parts of the client that all its scopes use. */
interface ScopeClient {
  readonly timers: Timers;
  /** The deadline of a call, in milliseconds from its start. */
  readonly deadlineMs: number;
  /** Calls `waitUntil`. */
  readonly guard: Guard;
}

/** The options of the client, or the context of a request. */
interface WaitUntilHost {
  readonly waitUntil?: WaitUntil | undefined;
}

/** The client, or one of its requests. Starts every call and its deadline. */
export class Scope {
  readonly #client: ScopeClient;
  /** Keeps the runtime working after the response. Missing if neither the client nor the request has one. */
  readonly waitUntil: WaitUntil | undefined;
  /** The client's scope. Missing in that scope itself. */
  readonly #parent: Scope | undefined;
  #snapshot: EnvironmentSnapshot | undefined;
  /** The wait of a call of this request, which its other calls share. */
  #waiting: Promise<EnvironmentSnapshot> | undefined;
  #isClosed = false;

  constructor(client: ScopeClient, host: WaitUntilHost | undefined, parent?: Scope) {
    this.#client = client;
    this.#parent = parent;
    this.waitUntil = host?.waitUntil
      ? (work) => {
          // A rejection is handled here, so that the runtime neither reports it as unhandled nor fails the request.
          const settled = work.catch(() => undefined);
          // Called as a method, because runtimes check `this`. If it throws, the work continues as long as it may.
          void client.guard(() => host.waitUntil?.(settled));
        }
      : parent?.waitUntil;
  }

  /** Creates the scope of one request. It inherits the client's `waitUntil`. */
  forRequest(request: WaitUntilHost | undefined): Scope {
    return new Scope(this.#client, request, this);
  }

  /**
   * Starts a call. Its `timeoutSeconds` replaces the client's deadline.
   *
   * @throws {@link FlagsmithClientError} `CLOSED` after `close()`. An aborted signal throws its reason.
   */
  begin({ signal, timeoutSeconds }: ReadyOptions = {}): Call {
    const { timers, deadlineMs } = this.#client;
    this.assertOpen();
    signal?.throwIfAborted();
    const limitMs = timeoutSeconds === undefined ? deadlineMs : timeoutSeconds * 1000;
    return {
      signal,
      deadlineAt: timers.monotonicNow() + limitMs,
      waitUntil: this.waitUntil,
    };
  }

  /** @throws {@link FlagsmithClientError} `CLOSED` after `close()`. */
  assertOpen(): void {
    if ((this.#parent ?? this).#isClosed) throw createClosedError();
  }

  /** Rejects new calls of the client and of its requests. */
  close(): void {
    this.#isClosed = true;
  }

  /** Whether this is the scope of a request, not the client's. */
  get isRequest(): boolean {
    return this.#parent !== undefined;
  }

  /** The version that the request uses in all calls. `undefined` before its first use, and for the client. */
  get pinned(): EnvironmentSnapshot | undefined {
    return this.#snapshot;
  }

  /**
   * Waits for a version and pins it. The calls of one request share the wait, so that they do not wait twice for the
   * same document, and a signal aborts only its own call.
   */
  async wait(
    call: Call,
    load: (call: Call) => Promise<EnvironmentSnapshot>,
  ): Promise<EnvironmentSnapshot> {
    if (!this.isRequest) return load(call);
    this.#waiting ??= load({ ...call, signal: undefined }).finally(() => {
      this.#waiting = undefined;
    });
    return this.pin(await untilAborted(this.#waiting, call.signal));
  }

  /**
   * Pins a version, unless the request has pinned one before. Returns the version to use.
   *
   * The client pins no version: it always uses the current one.
   */
  pin(snapshot: EnvironmentSnapshot): EnvironmentSnapshot {
    if (!this.isRequest) return snapshot;
    this.#snapshot ??= snapshot;
    return this.#snapshot;
  }
}
