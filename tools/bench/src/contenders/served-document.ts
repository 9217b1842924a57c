/** Serves the text of a document as the network would: as the bytes of a response. */
export class ServedDocument {
  #text = "";
  #bytes = new Uint8Array();

  constructor(text: string) {
    this.put(text);
  }

  /** Text that is served already is not encoded again: that would be nobody's cost. */
  put(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#bytes = new TextEncoder().encode(text);
  }

  readonly fetch = async (): Promise<Response> => new Response(this.#bytes);
}
