import type { AcceptedEvent } from "./accepted.ts";
import type { RecordedRequest } from "./api-request.ts";
import { CONTROL_PATH } from "./control-routes.ts";
import type { Draft, EnvironmentDocument } from "./environment-document.ts";
import type { Fault } from "./faults.ts";
import type { FetchFunction } from "./fetch-front.ts";

/** The controls of an API that runs elsewhere: the same names, asked over HTTP. */
export interface ApiControl {
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
export function createApiControl(origin: string, fetch: FetchFunction): ApiControl {
  async function send(
    method: string,
    command: string,
    body?: string | Uint8Array<ArrayBuffer>,
  ): Promise<unknown> {
    const sent = body === undefined ? {} : { body };
    const response = await fetch(new URL(CONTROL_PATH + command, origin).href, { method, ...sent });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`The testing API refused ${command} with ${response.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
  const command = async (method: string, name: string, body?: unknown): Promise<void> => {
    await send(method, name, body === undefined ? undefined : JSON.stringify(body));
  };
  const accepted = async () => (await send("GET", "accepted")) as AcceptedAnswer;
  const document = async () => (await send("GET", "document")) as EnvironmentDocument;
  return {
    requests: async () => (await send("GET", "requests")) as readonly RecordedRequest[],
    clearRequests: () => command("POST", "clear-requests"),
    document,
    setDocument: (next) => command("PUT", "document", next),
    async updateDocument(mutate) {
      const draft = (await document()) as Draft<EnvironmentDocument>;
      mutate(draft);
      await command("PUT", "document", draft);
    },
    failNext: (count, fault) => command("POST", "fail-next", { count, fault }),
    clearFaults: () => command("POST", "clear-faults"),
    acceptedAnalytics: async () => (await accepted()).analytics,
    acceptedEvents: async () => (await accepted()).events,
    openStreams: async () => ((await send("GET", "streams")) as { open: number }).open,
    sendEvent: (updatedAt) => command("POST", "send-event", { updatedAt }),
    async sendToStreams(chunk) {
      await send("POST", "send-to-streams", typeof chunk === "string" ? chunk : chunk.slice());
    },
    endStreams: () => command("POST", "end-streams"),
    resetStreams: () => command("POST", "reset-streams"),
    reset: () => command("POST", "reset"),
  };
}
