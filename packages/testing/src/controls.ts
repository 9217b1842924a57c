import type { AcceptedEvent } from "./accepted.ts";
import type { ReceivedRequest } from "./api-request.ts";
import type { Draft, WireDocument } from "./environment-document.ts";
import type { Fault } from "./faults.ts";

/** What a test can do to an API of its own process, and see of it. */
export interface ApiControls {
  /** The requests received so far, oldest first; those of the remote control are not among them. */
  readonly requests: readonly ReceivedRequest[];
  clearRequests(): void;
  /** The environment document as it is served now. */
  readonly document: WireDocument;
  /** Serves another document, with an `updated_at` later than before. */
  setDocument(document: WireDocument): void;
  /** Serves the document as `mutate` leaves its copy, with an `updated_at` later than before. */
  updateDocument(mutate: (draft: Draft<WireDocument>) => void): void;
  /** Makes the next `count` requests (or `Infinity`) fail; faults queue up, oldest first. */
  failNext(count: number, fault: Fault): void;
  /** Forgets the faults that have not happened yet. */
  clearFaults(): void;
  /** Evaluations counted by both analytics endpoints, by feature. */
  readonly acceptedAnalytics: Readonly<Record<string, number>>;
  /** Events taken in, oldest first. */
  readonly acceptedEvents: readonly AcceptedEvent[];
  /** Realtime streams that are open now; one whose client has gone is not among them. */
  readonly openStreamCount: number;
  /** Sends every open stream a change notice. `updatedAt` is in epoch seconds with their fraction. */
  sendChangeEvent(updatedAt: number): void;
  /** Sends every open stream these characters or bytes as they are, as one chunk. */
  sendToStreams(chunk: string | Uint8Array): void;
  /** Ends every open stream cleanly. */
  endStreams(): void;
  /** Resets the connection of every open stream; what its client has not read yet may be lost. */
  resetStreams(): void;
  /**
   * Back to the beginning: first document, no faults, requests, identities, counts or events. Open
   * streams are ended.
   */
  reset(): void;
}
