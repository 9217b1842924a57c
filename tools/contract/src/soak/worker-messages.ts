import type { ClientSummary } from "./soak-client.ts";

/** Clients of the Worker: two share a store, as isolates do, and one has none. */
export const workerClients = ["alone", "one", "other"] as const;

/** Name of a client of the Worker. */
export type WorkerClient = (typeof workerClients)[number];

/** A request to the Worker. */
export interface WorkerRequest {
  readonly client: WorkerClient;
  readonly hasWaitUntil: boolean;
  /** Delay of the response, in milliseconds. The flags are evaluated again after it. */
  readonly holdMs: number;
  /** Whether to deliver the reports of the client. */
  readonly flushes: boolean;
}

/** A response of the Worker. */
export interface WorkerResponse {
  /** Document version of all flags in the request. Absent after an error. */
  readonly version?: number;
  readonly error?: string;
}

/** All results of the Worker, once its clients are closed. */
export interface WorkerReport {
  readonly clients: Readonly<Record<WorkerClient, ClientSummary>>;
  readonly unhandled: readonly string[];
}
