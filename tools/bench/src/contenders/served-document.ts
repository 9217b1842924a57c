/** Serves the text of a document as the network would: as the bytes of a response. */
export class ServedDocument {
  readonly #encoded = new Map<string, Uint8Array<ArrayBuffer>>();
  #bytes = new Uint8Array();

  constructor(text: string) {
    this.put(text);
  }

  /** Text that was served before is not encoded again: that would be nobody's cost. */
  put(text: string): void {
    this.#bytes = this.#encoded.get(text) ?? new TextEncoder().encode(text);
    this.#encoded.set(text, this.#bytes);
  }

  readonly fetch = async (): Promise<Response> => new Response(this.#bytes);
}
