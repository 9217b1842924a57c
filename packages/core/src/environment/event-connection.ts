import { within } from "../api/call.ts";
import type { BackgroundTimers } from "../ports/platform.ts";

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
