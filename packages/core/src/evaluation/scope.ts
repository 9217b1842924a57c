import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import { createClosedError } from "../errors.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { CallOptions } from "../options/call-options.ts";
import type { Timers, WaitUntil } from "../platform/platform.ts";

interface ScopeLimits {
  readonly timers: Timers;
  /** The deadline of a call, in milliseconds from its start. */
  readonly deadlineMs: number;
}

/** The client, or one of its requests. Starts every call and its deadline. */
export class Scope {
  readonly #limits: ScopeLimits;
  /** Keeps the runtime working after the response. Missing if neither the client nor the request has one. */
  readonly waitUntil: WaitUntil | undefined;
  /** The client's scope. Missing in that scope itself. */
  readonly #client: Scope | undefined;
  #snapshot: EnvironmentSnapshot | undefined;
  /** The wait of a call of this request, which its other calls share. */
  #waiting: Promise<EnvironmentSnapshot> | undefined;
  #isClosed = false;

  constructor(limits: ScopeLimits, waitUntil: WaitUntil | undefined, client?: Scope) {
    this.#limits = limits;
    this.waitUntil = waitUntil;
    this.#client = client;
  }

  /** Creates the scope of one request. It inherits the client's `waitUntil`. */
  forRequest(waitUntil: WaitUntil | undefined): Scope {
    return new Scope(this.#limits, waitUntil ?? this.waitUntil, this);
  }

  /**
   * Starts a call.
   *
   * @param deadlineMs - replaces the client's deadline.
   * @throws {@link FlagsmithClientError} `CLOSED` after `close()`. An aborted signal throws its reason.
   */
  begin({ signal }: CallOptions = {}, deadlineMs: number = this.#limits.deadlineMs): Call {
    this.assertOpen();
    signal?.throwIfAborted();
    return {
      signal,
      deadlineAt: this.#limits.timers.monotonicNow() + deadlineMs,
      waitUntil: this.waitUntil,
    };
  }

  /** @throws {@link FlagsmithClientError} `CLOSED` after `close()`. */
  assertOpen(): void {
    if ((this.#client ?? this).#isClosed) throw createClosedError();
  }

  /** Rejects new calls of the client and of its requests. */
  close(): void {
    this.#isClosed = true;
  }

  /** Whether this is the scope of a request, not the client's. */
  get isRequest(): boolean {
    return this.#client !== undefined;
  }

  /** The version that the request uses in all calls. `undefined` before its first use, and for the client. */
  get pinned(): EnvironmentSnapshot | undefined {
    return this.#snapshot;
  }

  /** Whether a call of this request waits for a version, so that the others must wait, too. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
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
    const waiting = this.#waiting;
    const { signal } = call;
    const { timers } = this.#limits;
    const limitMs = remainingMs(call, timers);
    const limit = { timers, limitMs, signal, onExpiry: () => waiting };
    return this.pin(await (signal ? within(limit, () => waiting) : waiting));
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
