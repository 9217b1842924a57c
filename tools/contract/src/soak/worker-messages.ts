import type { Testimony } from "./witness.ts";

/** The clients of the Worker: two that share a store, as isolates do, and one without. */
export const workerClients = ["alone", "one", "other"] as const;

export type WorkerClient = (typeof workerClients)[number];

/** What a request asks of one of them. */
export interface WorkerQuestion {
  readonly client: WorkerClient;
  readonly hasWaitUntil: boolean;
  /** How long the answer is held back; the flags are then asked for once more. */
  readonly holdMs: number;
  readonly flushes: boolean;
}

/** What it gets. */
export interface WorkerAnswer {
  /** One version, since the request has pinned it; absent where there was no answer. */
  readonly version?: number;
  readonly failure?: string;
}

/** What the Worker tells in the end. */
export interface WorkerReport {
  readonly clients: Readonly<Record<WorkerClient, Testimony>>;
  /** Rejections in the isolate that nobody handled. */
  readonly unhandled: readonly string[];
}
