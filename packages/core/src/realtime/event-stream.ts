import type { OpenRealtimeStream } from "../api/realtime-api.ts";
import { FlagsmithAPIError } from "../errors.ts";
import { within } from "../http/call.ts";
import type { Logger } from "../platform/logger.ts";
import type { BackgroundTimers } from "../platform/platform.ts";
import { isFinalStatus } from "../platform/retry-policy.ts";
import { createNoticeReader } from "./change-events.ts";
import { ReconnectDelay } from "./reconnect-delay.ts";

/** What an {@link EventStream} needs of the client, and whom it tells. */
export interface EventStreamContext {
  readonly open: OpenRealtimeStream;
  /** Its waits keep the process alive, as the open stream does: else it would end by chance. */
  readonly timers: BackgroundTimers;
  readonly logger: Required<Logger>;
  /** Of silence, after which a connection is replaced. */
  readonly timeoutMs: number;
  readonly onOpen: () => void;
  /** It was open, and is not any more; not called for {@link EventStream.stop}. */
  readonly onBroken: () => void;
  /** The environment was changed then, in epoch seconds with their fraction. */
  readonly onChange: (updatedAt: number) => void;
}

/** The stream of one environment's changes, opened again whenever it ends. */
export class EventStream {
  readonly #context: EventStreamContext;
  #apiKey: string | undefined;
  #stopping = new AbortController();
  /** The first connection comes with the first document, as if it had been open for ever. */
  #openedAt: number | undefined;
  #isFirst = true;
  #isRefused = false;
  /** One warning is enough, until a connection has held. */
  #hasWarned = false;
  #hasWarnedOfNonsense = false;

  constructor(context: EventStreamContext) {
    this.#context = context;
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined;
  }

  /** Whether it has been open for so long. */
  isOpenFor(ms: number): boolean {
    return this.#openedAt !== undefined && this.#context.timers.now() - this.#openedAt >= ms;
  }

  /** Opens the stream of the environment with this key, unless it already does. */
  follow(apiKey: string): void {
    if (apiKey === this.#apiKey) return;
    this.stop();
    this.#apiKey = apiKey;
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#run(apiKey, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      // Not the server's doing but a bug, here or in a platform: it must not end the user's process.
      const name = error instanceof Error ? error.name : typeof error;
      this.#context.logger.warn(`Realtime updates have stopped with ${name}.`);
    });
  }

  /** Lets {@link EventStream.follow} begin again where the server had refused for good. */
  forgive(): void {
    if (this.#isRefused) this.#apiKey = undefined;
    this.#isRefused = false;
  }

  stop(): void {
    this.#apiKey = undefined;
    this.#isRefused = false;
    this.#openedAt = undefined;
    this.#stopping.abort();
  }

  async #run(apiKey: string, signal: AbortSignal): Promise<void> {
    const { timers, logger, onBroken } = this.#context;
    const delay = new ReconnectDelay();
    for (;;) {
      const { openMs, loss } = await this.#connect(apiKey, delay, signal);
      if (signal.aborted) return;
      if (this.isOpen) {
        this.#openedAt = undefined;
        onBroken();
      }
      if (loss.isFinal) {
        this.#isRefused = true;
        logger.warn(`Realtime updates have stopped, until updateEnvironment(): ${loss.reason}`);
        return;
      }
      this.#warnOnce(openMs, loss.reason);
      const waitMs = delay.after({ openMs, retryAfterMs: loss.retryAfterMs });
      logger.debug(`The realtime stream is opened again in ${Math.round(waitMs)} ms.`);
      await timers.sleep(waitMs, signal);
    }
  }

  /** One connection, from its request to its end. */
  async #connect(apiKey: string, delay: ReconnectDelay, signal: AbortSignal) {
    const { timers, timeoutMs, open, onOpen, onChange } = this.#context;
    let openedAt: number | undefined;
    const onChunk = createNoticeReader({
      onChange,
      onRetry: (ms) => delay.wish(ms),
      onNonsense: () => this.#warnOfNonsense(),
    });
    const connection = {
      open: (ending: AbortSignal) => open(apiKey, ending),
      timers,
      timeoutMs,
      onOpen: () => {
        openedAt = timers.now();
        this.#openedAt = this.#isFirst ? Number.NEGATIVE_INFINITY : openedAt;
        this.#isFirst = false;
        onOpen();
      },
      onChunk,
    };
    const loss = await followConnection(connection, signal).then(() => ended, lossOf);
    return { openMs: openedAt === undefined ? 0 : timers.now() - openedAt, loss };
  }

  #warnOnce(openMs: number, reason: string): void {
    const { logger } = this.#context;
    if (ReconnectDelay.isSteady({ openMs })) this.#hasWarned = false;
    // Servers and proxies end streams as a matter of course.
    if (ReconnectDelay.isSteady({ openMs }) || this.#hasWarned) {
      logger.debug(`The realtime stream was lost: ${reason}`);
      return;
    }
    this.#hasWarned = true;
    logger.warn(`Realtime updates are interrupted, and polls go on: ${reason}`);
  }

  #warnOfNonsense(): void {
    if (this.#hasWarnedOfNonsense) return;
    this.#hasWarnedOfNonsense = true;
    this.#context.logger.warn(
      "The realtime stream has events that tell of no change, which are ignored; this is said once.",
    );
  }
}

/** Why there is no connection any more. */
interface Loss {
  readonly reason: string;
  /** Whether another one would be refused as well. */
  readonly isFinal: boolean;
  readonly retryAfterMs: number;
}

const ended: Loss = lossFor("the server ended the stream.");

function lossFor(reason: string): Loss {
  return { reason, isFinal: false, retryAfterMs: 0 };
}

function lossOf(thrown: unknown): Loss {
  if (thrown instanceof SilentConnection) return lossFor("the stream was silent for too long.");
  // What else a connection breaks with is the runtime's own, which may hold its URL.
  if (!(thrown instanceof FlagsmithAPIError)) return lossFor("the connection of the stream broke.");
  const { code, status = 0, message, retryAfterMs = 0 } = thrown;
  const isFinal = isFinalStatus(status) || status === 204 || code === "PERMISSION_DENIED";
  return { reason: message, isFinal, retryAfterMs };
}

/** One connection to a stream, from its request on. */
export interface EventConnection {
  /** Sends the request. @throws what the answer is refused for. */
  readonly open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  /** Need not keep the process alive: the connection does. */
  readonly timers: BackgroundTimers;
  /** A connection that brings nothing for longer is dead, though nobody has said so. */
  readonly timeoutMs: number;
  readonly onOpen: () => void;
  readonly onChunk: (chunk: Uint8Array) => void;
}

/** A connection was silent for too long. */
export class SilentConnection extends Error {}

/**
 * Follows a connection until the server ends it; nothing of it is left behind.
 *
 * @param signal - ends it, with its reason.
 * @throws {@link SilentConnection}, and what opening or reading it fails with.
 */
export async function followConnection(
  { open, timers, timeoutMs, onOpen, onChunk }: EventConnection,
  signal: AbortSignal,
): Promise<void> {
  const connection = new AbortController();
  const onExpiry = () => {
    throw new SilentConnection();
  };
  const limit = { timers, limitMs: timeoutMs, signal, onExpiry };
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const body = await within(limit, () => openUnlessOver(open, connection.signal));
    signal.throwIfAborted();
    reader = body.getReader();
    const next = reader.read.bind(reader);
    onOpen();
    for (;;) {
      const { done, value } = await within(limit, next);
      signal.throwIfAborted();
      if (done) return;
      onChunk(value);
    }
  } finally {
    connection.abort();
    reader?.cancel().catch(() => undefined);
  }
}

/** A fetch that does not heed its signal may answer when nobody waits any more. */
async function openUnlessOver(
  open: EventConnection["open"],
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const body = await open(signal);
  if (signal.aborted) body.cancel().catch(() => undefined);
  return body;
}
