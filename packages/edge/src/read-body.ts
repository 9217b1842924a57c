/** Reads at most `maxBytes` of a body. The rest of a larger body is not read. */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array | "too large" | "interrupted"> {
  if (Number(request.headers.get("Content-Length")) > maxBytes) return "too large";
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concatBytes(chunks, size);
      size += value.byteLength;
      // The Content-Length may be missing or wrong.
      if (size > maxBytes) {
        reader.cancel().catch(() => undefined);
        return "too large";
      }
      chunks.push(value);
    }
  } catch {
    return "interrupted";
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
