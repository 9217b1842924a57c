import type { AcceptedEvent } from "./accepted.ts";
import type { RecordedRequest } from "./api-request.ts";
import { type ControlCommand, controlCommands, controlPath } from "./control-commands.ts";
import type { Draft, EnvironmentDocument } from "./environment-document.ts";
import type { Fault } from "./faults.ts";
import type { FetchFunction } from "./fetch-front.ts";

/** The controls of an API that runs elsewhere: the same names, asked over HTTP. */
export interface RemoteControl {
  requests(): Promise<readonly RecordedRequest[]>;
  clearRequests(): Promise<void>;
  document(): Promise<EnvironmentDocument>;
  setDocument(document: EnvironmentDocument): Promise<void>;
  /** Reads, changes and writes back: not for two callers at once. */
  updateDocument(mutate: (draft: Draft<EnvironmentDocument>) => void): Promise<void>;
  failNext(count: number, fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  acceptedAnalytics(): Promise<Readonly<Record<string, number>>>;
  acceptedEvents(): Promise<readonly AcceptedEvent[]>;
  openStreams(): Promise<number>;
  sendEvent(updatedAt: number): Promise<void>;
  sendToStreams(chunk: string | Uint8Array): Promise<void>;
  endStreams(): Promise<void>;
  resetStreams(): Promise<void>;
  reset(): Promise<void>;
}

interface AcceptedAnswer {
  readonly analytics: Readonly<Record<string, number>>;
  readonly events: readonly AcceptedEvent[];
}

/**
 * A client for an API made with `control: true`, in another process or isolate.
 *
 * @param origin - where the API is served, for instance `http://127.0.0.1:8000`
 * @param fetch - what carries the commands: the runtime's `fetch`, or `api.fetch`
 */
export function createRemoteControl(origin: string, fetch: FetchFunction): RemoteControl {
  async function send(
    command: ControlCommand,
    body?: string | Uint8Array<ArrayBuffer>,
  ): Promise<unknown> {
    const [method, path] = controlCommands[command];
    const sent = body === undefined ? {} : { body };
    const response = await fetch(new URL(controlPath + path, origin).href, { method, ...sent });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`The testing API refused ${path} with ${response.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
  const tell = async (command: ControlCommand, body?: unknown): Promise<void> => {
    await send(command, body === undefined ? undefined : JSON.stringify(body));
  };
  const accepted = async () => (await send("accepted")) as AcceptedAnswer;
  const document = async () => (await send("document")) as EnvironmentDocument;
  return {
    requests: async () => (await send("requests")) as readonly RecordedRequest[],
    clearRequests: () => tell("clearRequests"),
    document,
    setDocument: (next) => tell("setDocument", next),
    async updateDocument(mutate) {
      const draft = (await document()) as Draft<EnvironmentDocument>;
      mutate(draft);
      await tell("setDocument", draft);
    },
    failNext: (count, fault) => tell("failNext", { count, fault }),
    clearFaults: () => tell("clearFaults"),
    acceptedAnalytics: async () => (await accepted()).analytics,
    acceptedEvents: async () => (await accepted()).events,
    openStreams: async () => ((await send("streams")) as { open: number }).open,
    sendEvent: (updatedAt) => tell("sendEvent", { updatedAt }),
    async sendToStreams(chunk) {
      await send("sendToStreams", typeof chunk === "string" ? chunk : chunk.slice());
    },
    endStreams: () => tell("endStreams"),
    resetStreams: () => tell("resetStreams"),
    reset: () => tell("reset"),
  };
}
