/** Where an open stream goes: a front writes to its client. */
export interface StreamSink {
  /** Passes the bytes on as one chunk. */
  send(chunk: Uint8Array): void;
  /** A clean end of the body. */
  end(): void;
  /** The connection is reset. */
  reset(): void;
}

/** Opens a stream to the sink. What it returns tells the API that the client has gone. */
export type StreamSource = (sink: StreamSink) => () => void;

/** The realtime streams that are open now. */
export class EventStreams {
  #sinks = new Set<StreamSink>();

  /** A stream counts from here until it is ended, reset or left by its client. */
  readonly open: StreamSource = (sink) => {
    this.#sinks.add(sink);
    return () => {
      this.#sinks.delete(sink);
    };
  };

  get count(): number {
    return this.#sinks.size;
  }

  send(chunk: Uint8Array): void {
    for (const sink of this.#sinks) sink.send(chunk);
  }

  end(): void {
    for (const sink of this.#takeAll()) sink.end();
  }

  reset(): void {
    for (const sink of this.#takeAll()) sink.reset();
  }

  #takeAll(): readonly StreamSink[] {
    const sinks = [...this.#sinks];
    this.#sinks.clear();
    return sinks;
  }
}
