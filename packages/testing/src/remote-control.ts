import { type ApiRequest, decodeBody } from "./api-request.ts";
import { empty, errorPage, json, type RouteResponse } from "./api-response.ts";
import type { Fault } from "./faults.ts";
import type { FetchFunction } from "./fetch.ts";
import type { ReceivedRequest } from "./received-request.ts";
import type { AcceptedEvent } from "./routes/reports.ts";
import type { DocumentDates } from "./served-environment.ts";
import type { Draft, WireDocument } from "./wire-document.ts";

/** The path of a command is this, followed by its name. */
const controlPath = "/testing/";

type Command = Exclude<keyof RemoteControl, "updateDocument">;

/** Executes the commands. A result is sent as JSON; `undefined` is sent as 204. */
export type CommandHandlers = Readonly<Record<Command, (body: Uint8Array) => unknown>>;

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
    await this.setDocument(await this.#mutateDocument(mutate));
  }

  /** Schedules a changed copy of the present document. It overwrites changes that are made before it goes live. */
  async scheduleChange(
    delayMs: number,
    mutate: (draft: Draft<WireDocument>) => void,
  ): Promise<void> {
    const document = await this.#mutateDocument(mutate);
    await this.#send("scheduleChange", JSON.stringify({ delayMs, document }));
  }

  async deleteIdentity(identifier: string): Promise<void> {
    await this.#send("deleteIdentity", JSON.stringify(identifier));
  }

  async setDocumentDates(documentDates: DocumentDates): Promise<void> {
    await this.#send("setDocumentDates", JSON.stringify(documentDates));
  }

  async setReplicaLag(replicaLag: number): Promise<void> {
    await this.#send("setReplicaLag", JSON.stringify(replicaLag));
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

  async clearReports(): Promise<void> {
    await this.#send("clearReports");
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

  async #mutateDocument(mutate: (draft: Draft<WireDocument>) => void): Promise<WireDocument> {
    const draft = (await this.document()) as Draft<WireDocument>;
    mutate(draft);
    return draft;
  }

  async #send(command: Command, body?: string | Uint8Array<ArrayBuffer>): Promise<unknown> {
    const url = new URL(controlPath + command, this.#origin).href;
    const response = await this.#fetch(url, {
      method: "POST",
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`The testing API refused ${command} with status ${response.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
}

/** Handles a request of a {@link RemoteControl}. Returns `undefined` for any other request. */
export function handleControlRequest(
  { method, path, body }: ApiRequest,
  handlers: CommandHandlers,
): RouteResponse | undefined {
  if (!path.startsWith(controlPath)) return undefined;
  const command = path.slice(controlPath.length);
  if (method !== "POST" || !Object.hasOwn(handlers, command)) {
    return errorPage(404, "Not Found", "The remote control has no such command.");
  }
  try {
    const result = handlers[command as Command](body);
    return result === undefined ? empty(204) : json(200, result);
  } catch (error) {
    return json(400, { detail: error instanceof Error ? error.message : String(error) });
  }
}

/** Parses the body of a command. @throws {SyntaxError} for invalid JSON. */
export function parseCommand(body: Uint8Array): unknown {
  return JSON.parse(decodeBody(body));
}
