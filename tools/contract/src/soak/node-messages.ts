import type { SoakAddress } from "./soak-client.ts";
import type { Testimony } from "./witness.ts";

/** How often a client polls that hears of changes by a stream: too seldom to see most of them by polls. */
export const streamedPollSeconds = 3;

/** What the host tells the process of a soak. */
export interface NodeSetup extends SoakAddress {
  readonly sampleMs: number;
  /** It ends by then, should nobody tell it to. */
  readonly limitMs: number;
}

/** What the process tells, one JSON text a line. */
export type NodeMessage = NodeSample | NodeReport;

/** How it is. */
export interface NodeSample {
  readonly kind: "sample";
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** What keeps the process alive: timers, sockets and the like. */
  readonly resources: number;
  /** The newest version that each client has answered with. */
  readonly newest: Readonly<Record<string, number>>;
}

/** How it was, at the end. */
export interface NodeReport {
  readonly kind: "report";
  readonly clients: Readonly<Record<string, Testimony>>;
  /** Answers older than one before. */
  readonly wentBack: readonly string[];
  /** Rejections, exceptions and warnings of the process that nobody handled. */
  readonly unhandled: readonly string[];
}
