import { withLimit } from "../../contract.ts";

/** Upper bound for a response of the inspector, in milliseconds. */
const maxResponseMs = 60_000;

/** Heap of a Worker, measured through its inspector. */
export class WorkerHeap {
  readonly #socket: WebSocket;
  readonly #pending = new Map<
    number,
    { readonly resolve: (result: unknown) => void; readonly reject: (reason: unknown) => void }
  >();
  #count = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#receive(String(data)));
    socket.addEventListener("close", () => this.#fail(new Error("The inspector disconnected.")));
  }

  /** Connects to the inspector of the Worker with this name. */
  static async connect(inspector: URL, name: string): Promise<WorkerHeap> {
    const socket = new WebSocket(new URL(`/core:user:${name}`, inspector));
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("close", () => reject(new Error("The inspector does not connect.")));
    });
    return new WorkerHeap(socket);
  }

  /** Collects garbage, then returns the number of bytes in use. */
  async readUsedBytes(): Promise<number> {
    await this.#send("HeapProfiler.collectGarbage");
    const usage = (await this.#send("Runtime.getHeapUsage")) as { readonly usedSize?: number };
    if (usage.usedSize === undefined) throw new Error(`No heap usage: ${JSON.stringify(usage)}`);
    return usage.usedSize;
  }

  close(): void {
    this.#socket.close();
  }

  #send(method: string): Promise<unknown> {
    const response = new Promise<unknown>((resolve, reject) => {
      this.#count += 1;
      this.#pending.set(this.#count, { resolve, reject });
      this.#socket.send(JSON.stringify({ id: this.#count, method }));
      // A closed socket drops messages silently.
      if (this.#socket.readyState !== WebSocket.OPEN) {
        this.#fail(new Error("The inspector is disconnected."));
      }
    });
    return withLimit(() => response, maxResponseMs);
  }

  #receive(data: string): void {
    try {
      const { id, result, error } = JSON.parse(data);
      this.#pending.get(id)?.resolve(error ?? result);
      this.#pending.delete(id);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(reason: unknown): void {
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }
}
