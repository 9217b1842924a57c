import type { OpenRealtimeStream } from "../api/realtime-api.ts";
import { FlagsmithAPIError } from "../errors.ts";
import { within } from "../http/call.ts";
import { describeUnexpected } from "../platform/guard.ts";
import { createWarnOnce, type Logger } from "../platform/logger.ts";
import {
  addJitter,
  type BackgroundTimers,
  detach,
  type ResponseBody,
  unreference,
} from "../platform/platform.ts";
import { isFinalStatus } from "../platform/retry-policy.ts";
import { EventReader } from "./event-reader.ts";
import { ReconnectDelay } from "./reconnect-delay.ts";

/** The shortest and the longest pause after refusals. */
const minRefusalMs = 60_000;
const maxRefusalMs = 300_000;

/** The connection settings of an {@link EventStream}. */
export interface EventStreamOptions {
  readonly open: OpenRealtimeStream;
  /** The waits before reconnects keep the process alive, as an open stream does. */
  readonly timers: BackgroundTimers;
  readonly logger: Required<Logger>;
  /** Removes the client's secrets and the given ones from a text. */
  readonly redact: (text: string, secrets: readonly string[]) => string;
  /** Milliseconds without data after which the stream is reconnected. */
  readonly timeoutMs: number;
}

interface StreamHandlers {
  readonly onOpen: () => void;
  /** An open connection has ended. Not called for `stop()`. */
  readonly onLost: () => void;
  /** The environment changed at this time, in epoch seconds with a fraction. */
  readonly onChange: (updatedAt: number) => void;
}

/** The change events of one environment, over a connection that is reopened whenever it ends. */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #handlers: StreamHandlers;
  readonly #warnOnce: (message: string) => void;
  #apiKey: string | undefined;
  #stopping = new AbortController();
  #delay = new ReconnectDelay();
  /** When the connection opened, on the monotonic clock. `Infinity` if none is open. */
  #openedAt = Number.POSITIVE_INFINITY;
  /** Whether no connection has ended yet: there was nothing to miss before the first one. */
  #isFirst = true;
  /** Consecutive refusals. */
  #refusals = 0;
  /** Whether a lost connection was logged since the last steady one. */
  #hasWarned = false;

  constructor(options: EventStreamOptions, handlers: StreamHandlers) {
    this.#options = options;
    this.#warnOnce = createWarnOnce(options.logger);
    this.#handlers = handlers;
  }

  get isOpen(): boolean {
    return this.#openedAt < Number.POSITIVE_INFINITY;
  }

  /** Whether the connection has been open for at least `ms`, or is the first one. */
  isOpenFor(ms: number): boolean {
    return this.isOpen && (this.#isFirst || this.#openMs >= ms);
  }

  /** Opens the stream of the environment with this key. Does nothing if it already follows that key. */
  follow(apiKey: string): void {
    if (apiKey === this.#apiKey) return;
    this.stop();
    this.#apiKey = apiKey;
    this.#stopping = new AbortController();
    this.#delay = new ReconnectDelay();
    const { signal } = this.#stopping;
    const { timers, logger } = this.#options;
    const run = () =>
      this.#run(apiKey, signal).catch((error: unknown) => {
        if (signal.aborted) return;
        // A bug in the SDK or in a platform must not end the user's process.
        const reason = describeUnexpected(error, this.#createRedact(apiKey));
        logger.warn(`Realtime updates have stopped; polling continues: ${reason}.`);
      });
    void detach(timers, run);
  }

  /** Makes `follow()` reconnect immediately after a refusal. */
  resume(): void {
    if (this.#refusals > 0) this.#apiKey = undefined;
  }

  stop(): void {
    this.#apiKey = undefined;
    this.#openedAt = Number.POSITIVE_INFINITY;
    this.#stopping.abort();
  }

  /** How long the connection has been open. `-Infinity` if none is open. */
  get #openMs(): number {
    return this.#options.timers.monotonicNow() - this.#openedAt;
  }

  async #run(apiKey: string, signal: AbortSignal): Promise<void> {
    const { timers, logger } = this.#options;
    for (;;) {
      const loss = await this.#connect(apiKey, signal);
      this.#isFirst = false;
      if (signal.aborted) return;
      const openMs = this.#openMs;
      if (this.isOpen) {
        this.#openedAt = Number.POSITIVE_INFINITY;
        this.#handlers.onLost();
      }
      if (isStreamRefusal(loss)) {
        await this.#waitAfterRefusal(loss, signal);
        continue;
      }
      this.#logLoss(openMs, loss.message);
      const waitMs = this.#delay.next(openMs, loss.retryAfterMs);
      logger.debug(`The realtime stream reconnects in ${Math.round(waitMs)} ms.`);
      await timers.sleep(waitMs, signal);
    }
  }

  /** Reads one connection until it ends, and releases it. Resolves to why it ended: also if the server ended it. */
  async #connect(apiKey: string, signal: AbortSignal): Promise<FlagsmithAPIError> {
    const { timers, timeoutMs, open } = this.#options;
    const events = this.#createReader();
    const ending = new AbortController();
    const onExpiry = () => {
      throw createLoss(`no data for ${timeoutMs / 1000} s (realtimeTimeoutSeconds).`);
    };
    const limit = { timers, limitMs: timeoutMs, signal, onExpiry };
    let reader: ReturnType<ResponseBody["getReader"]> | undefined;
    try {
      const body = await within(limit, async () => {
        const opened = await open(apiKey, ending.signal);
        // A fetch that ignores its signal may resolve after the abort.
        if (ending.signal.aborted) opened.cancel().catch(() => undefined);
        return opened;
      });
      signal.throwIfAborted();
      reader = body.getReader();
      const next = reader.read.bind(reader);
      this.#opened();
      for (;;) {
        const endsAt = timers.monotonicNow() + timeoutMs;
        const { done, value } = await within(limit, next);
        signal.throwIfAborted();
        // Data of before a stop of the process: the connection may be dead since.
        if (timers.monotonicNow() > endsAt) onExpiry();
        if (done) throw createLoss("the server ended the stream.");
        events.read(value);
      }
    } catch (thrown) {
      if (thrown instanceof FlagsmithAPIError) return thrown;
      // Other errors are the runtime's own and may contain the URL with its secret key.
      const error = describeUnexpected(thrown, this.#createRedact(apiKey));
      return createLoss(`the connection broke with ${error}.`);
    } finally {
      ending.abort();
      reader?.cancel().catch(() => undefined);
    }
  }

  #createReader(): EventReader {
    const message =
      "The realtime stream sent an event without updated_at, which is ignored. (Logged once.)";
    return new EventReader({
      onChange: this.#handlers.onChange,
      onRetry: (ms) => this.#delay.setBase(ms),
      onUnknownEvent: () => this.#warnOnce(message),
    });
  }

  #opened(): void {
    this.#openedAt = this.#options.timers.monotonicNow();
    if (this.#refusals > 0) this.#options.logger.info("Realtime updates work again.");
    this.#refusals = 0;
    this.#handlers.onOpen();
  }

  /** Waits for 1, 2, 4, then 5 minutes. This does not keep the process alive. */
  async #waitAfterRefusal(
    { message, retryAfterMs = 0 }: FlagsmithAPIError,
    signal: AbortSignal,
  ): Promise<void> {
    const { timers, logger } = this.#options;
    if (this.#refusals === 0) {
      logger.error(`Realtime updates are refused; polling continues: ${message}`);
    }
    const waitMs = Math.min(minRefusalMs * 2 ** this.#refusals++, maxRefusalMs);
    await unreference(timers).sleep(Math.max(addJitter(waitMs), retryAfterMs), signal);
  }

  #createRedact(apiKey: string): (text: string) => string {
    return (text) => this.#options.redact(text, [apiKey, encodeURIComponent(apiKey)]);
  }

  #logLoss(openMs: number, reason: string): void {
    const { logger } = this.#options;
    const isSteady = ReconnectDelay.isSteady(openMs);
    // Servers and proxies routinely end long streams.
    if (isSteady || this.#hasWarned) logger.debug(`The realtime stream was lost: ${reason}`);
    else logger.warn(`Realtime updates are interrupted; polling continues: ${reason}`);
    this.#hasWarned = !isSteady;
  }
}

function createLoss(reason: string): FlagsmithAPIError {
  return new FlagsmithAPIError("API_UNREACHABLE", reason);
}

/** Whether the service refused the stream, so that a reconnect is likely to be refused as well. */
function isStreamRefusal({ code, status = 0 }: FlagsmithAPIError): boolean {
  return isFinalStatus(status) || status === 204 || code === "PERMISSION_DENIED";
}
