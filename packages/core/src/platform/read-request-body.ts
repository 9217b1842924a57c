import { createOptionError, type FlagsmithClientError } from "../errors.ts";
import type { Timers } from "./platform.ts";

/** The time that a sender has for a body. */
const maxBodyMs = 10_000;

/** @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a request of Node.js, and for one that was read before. */
export function assertUnread(request: Request): void {
  if (typeof request?.headers?.get === "function" && !request.bodyUsed) return;
  throw createOptionError(
    "request",
    "must be a Request of the Fetch API with an unread body, not one of Node.js",
  );
}

/**
 * Reads at most `maxBytes` of a body, for at most 10 s. The rest of a larger or slower body is not read.
 *
 * Returns the status of the response if that fails: 400 for a body that ends early, 408 for one that is too slow,
 * and 413 for one that is too large.
 */
export async function readRequestBody(
  request: Request,
  maxBytes: number,
  timers: Pick<Timers, "sleep">,
): Promise<Uint8Array | 400 | 408 | 413> {
  if (Number(request.headers.get("Content-Length")) > maxBytes) return 413;
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const timer = new AbortController();
  const expiry = timers.sleep(maxBodyMs, timer.signal) as Promise<undefined>;
  // Rejects when the timer is cancelled.
  expiry.catch(() => undefined);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const result = await Promise.race([reader.read(), expiry]);
      if (result === undefined) {
        reader.cancel().catch(() => undefined);
        return 408;
      }
      if (result.done) return concatBytes(chunks, size);
      size += result.value.byteLength;
      // The Content-Length may be missing or wrong. Not cancelled: between two chunks, the stream of a request of Node.js
      // would throw an uncaught exception.
      if (size > maxBytes) return 413;
      chunks.push(result.value);
    }
  } catch {
    return 400;
  } finally {
    timer.abort();
  }
}

function concatBytes(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
