import type { AcceptedEvent } from "./accepted.ts";
import type { ReceivedRequest } from "./api-request.ts";
import { type ControlCommand, controlCommands, controlPath } from "./control-commands.ts";
import type { Draft, WireDocument } from "./environment-document.ts";
import type { Fault } from "./faults.ts";
import type { FetchFunction } from "./fetch-front.ts";

/**
 * Controls an API in another process or isolate over HTTP. The API must have been created with
 * `control: true`. Methods have the names of the members of `FlagsmithApi`, and reject with an `Error`
 * that names the command if the API refuses it.
 */
export class RemoteControl {
  readonly #origin: string;
  readonly #fetch: FetchFunction;

  /**
   * @param origin - the origin at which the API is served, for instance `http://127.0.0.1:8000`
   * @param fetch - sends the commands: the runtime's `fetch`, or `api.fetch`
   */
  constructor(origin: string, fetch: FetchFunction) {
    this.#origin = origin;
    // Workers refuse a `fetch` that is called as a method.
    this.#fetch = (url, init) => fetch(url, init);
  }

  async requests(): Promise<readonly ReceivedRequest[]> {
    return (await this.#send("requests")) as readonly ReceivedRequest[];
  }

  async clearRequests(): Promise<void> {
    await this.#send("clearRequests");
  }

  async document(): Promise<WireDocument> {
    return (await this.#send("document")) as WireDocument;
  }

  async setDocument(document: WireDocument): Promise<void> {
    await this.#send("setDocument", JSON.stringify(document));
  }

  /** Reads the document, changes it and writes it back: concurrent updates overwrite each other. */
  async updateDocument(mutate: (draft: Draft<WireDocument>) => void): Promise<void> {
    const draft = (await this.document()) as Draft<WireDocument>;
    mutate(draft);
    await this.setDocument(draft);
  }

  async failNext(count: number, fault: Fault): Promise<void> {
    await this.#send("failNext", JSON.stringify({ count, fault }));
  }

  async clearFaults(): Promise<void> {
    await this.#send("clearFaults");
  }

  async acceptedAnalytics(): Promise<Readonly<Record<string, number>>> {
    return (await this.#send("acceptedAnalytics")) as Readonly<Record<string, number>>;
  }

  async acceptedEvents(): Promise<readonly AcceptedEvent[]> {
    return (await this.#send("acceptedEvents")) as readonly AcceptedEvent[];
  }

  async openStreamCount(): Promise<number> {
    return (await this.#send("openStreamCount")) as number;
  }

  async sendChangeEvent(updatedAt: number): Promise<void> {
    await this.#send("sendChangeEvent", JSON.stringify(updatedAt));
  }

  async sendToStreams(chunk: string | Uint8Array): Promise<void> {
    await this.#send("sendToStreams", typeof chunk === "string" ? chunk : chunk.slice());
  }

  async endStreams(): Promise<void> {
    await this.#send("endStreams");
  }

  async resetStreams(): Promise<void> {
    await this.#send("resetStreams");
  }

  async reset(): Promise<void> {
    await this.#send("reset");
  }

  async #send(command: ControlCommand, body?: string | Uint8Array<ArrayBuffer>): Promise<unknown> {
    const [method, path] = controlCommands[command];
    const url = new URL(controlPath + path, this.#origin).href;
    const response = await this.#fetch(url, { method, ...(body !== undefined && { body }) });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`The testing API refused ${path} with status ${response.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
}
