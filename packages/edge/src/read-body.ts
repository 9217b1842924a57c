/** The body's bytes, unless there are more than `maxBytes`: then the rest of it is not read. */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array | "too large" | "broken off"> {
  if (Number(request.headers.get("Content-Length")) > maxBytes) return "too large";
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return joined(chunks, size);
      size += value.byteLength;
      // A body need not say how long it is, nor be as long as it says.
      if (size > maxBytes) {
        reader.cancel().catch(() => undefined);
        return "too large";
      }
      chunks.push(value);
    }
  } catch {
    return "broken off";
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
