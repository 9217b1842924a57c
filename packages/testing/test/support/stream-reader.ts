/** Reads a body that stays open, as far as a test asks. */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];

  constructor(response: Response) {
    if (response.body === null) throw new Error("The response has no body.");
    this.#reader = response.body.getReader();
  }

  /** The next `length` bytes; chunks may have been joined on their way. */
  async bytes(length: number): Promise<Uint8Array> {
    let read = joined(this.#chunks);
    while (read.length < length) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`The stream ended after "${new TextDecoder().decode(read)}".`);
      read = joined([read, value]);
    }
    this.#chunks = [read.subarray(length)];
    return read.subarray(0, length);
  }

  /** Whether `text` comes next; what comes instead is returned. */
  async next(text: string): Promise<string> {
    return new TextDecoder().decode(await this.bytes(new TextEncoder().encode(text).length));
  }

  /** Whether the stream ends here and well; rejects when it breaks. */
  async ends(): Promise<boolean> {
    return (await this.#reader.read()).done;
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}
