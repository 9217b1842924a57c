/** Reads a body that stays open, piece by piece. */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];

  constructor(response: Response) {
    if (response.body === null) throw new Error("The response has no body.");
    this.#reader = response.body.getReader();
  }

  /** Reads `length` bytes, regardless of how they are split into chunks. */
  async readBytes(length: number): Promise<Uint8Array> {
    let read = concat(this.#chunks);
    while (read.length < length) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`The stream ended after "${new TextDecoder().decode(read)}".`);
      read = concat([read, value]);
    }
    this.#chunks = [read.subarray(length)];
    return read.subarray(0, length);
  }

  /** Reads as many bytes as `text` has, and returns their text. */
  async read(text: string): Promise<string> {
    return new TextDecoder().decode(await this.readBytes(new TextEncoder().encode(text).length));
  }

  /** Returns whether the stream ends here. Rejects if it fails. */
  async isAtEnd(): Promise<boolean> {
    return (await this.#reader.read()).done;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}
