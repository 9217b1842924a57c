import type { Call } from "../http/call.ts";
import type { Logger } from "../platform/logger.ts";
import type { Platform, Timers, WaitUntil } from "../platform/platform.ts";

/** What is collected until it is sent; bounded. */
export interface Collection<Batch> {
  /** How many items wait. */
  readonly size: () => number;
  /** Takes everything out, so that what comes meanwhile is the next batch's. */
  readonly take: () => Batch;
  /** Puts back what was not delivered, before what came meanwhile; returns how many items had no place. */
  readonly putBack: (batch: Batch) => number;
}

/** Of what is sent together. */
export interface Sized {
  readonly size: number;
}

/** What a {@link Delivery} needs of the client. */
export interface DeliveryContext<Batch> {
  /** What is sent, for messages. */
  readonly what: string;
  readonly collection: Collection<Batch>;
  /** One attempt. @throws {@link FlagsmithAPIError} */
  readonly send: (batch: Batch, call: Call) => Promise<unknown>;
  readonly timers: Timers;
  readonly logger: Logger;
  /** For one attempt. */
  readonly timeoutMs: number;
  /** Runs a task when the process has nothing more to do, unless it is cancelled before. */
  readonly onExit: Platform["onExit"];
}

/**
 * Sends what is collected every 10 s, on demand and at the end, at least once: what fails is put back and
 * sent again later.
 */
export interface Delivery {
  /** What is left of a room for what is yet to be collected. */
  readonly left: (room: number) => number;
  /** So many were not collected. */
  readonly drop: (count: number) => void;
  /** Something was collected: sees to it that it is sent, and soon where the collection is full. */
  readonly collected: (waitUntil: WaitUntil | undefined, isFull?: boolean) => void;
  /** Done when what is there was delivered or put back; the server's wish to hear nothing is heeded. */
  readonly flush: () => Promise<void>;
  /** The last attempt, whatever the server wishes. */
  readonly close: () => Promise<void>;
  readonly report: () => DeliveryCounts;
}

/** What sets the pace of a delivery; an adapter chooses. */
export type CreateDelivery = <Batch extends Sized>(context: DeliveryContext<Batch>) => Delivery;

/** What those who collect need of the client. */
export interface CollectorContext<Batch>
  extends Omit<DeliveryContext<Batch>, "what" | "collection"> {
  readonly createDelivery: CreateDelivery;
}

/** The least time between two attempts that nobody asked for. */
export const intervalMs = 10_000;

/** Where nothing is ever sent all of it counts as dropped. */
export const noDelivery: CreateDelivery = () => {
  let dropped = 0;
  const nothing = async () => undefined;
  return {
    left: () => 0,
    drop: (count) => {
      dropped += count;
    },
    collected: nothing,
    flush: nothing,
    close: nothing,
    report: () => ({ ...nothingDelivered, dropped }),
  };
};

/** What became of what was to be delivered, since the client was made. */
export interface DeliveryCounts {
  /** The server said that it has them. */
  readonly accepted: number;
  /** Not yet delivered: waiting, or on their way. */
  readonly pending: number;
  /** Given up: refused by the server, too many of them, or made when nothing is sent any more. */
  readonly dropped: number;
  /**
   * Those of attempts that may have arrived, though no answer said so: the server takes a repetition for
   * new, and may count up to this many too many.
   */
  readonly unconfirmed: number;
}

/** What became of feature analytics, in evaluations, and of events. */
export interface DeliveryReport {
  readonly analytics: DeliveryCounts;
  readonly events: DeliveryCounts;
}

/** Of what is not sent at all. */
export const nothingDelivered: DeliveryCounts = {
  accepted: 0,
  pending: 0,
  dropped: 0,
  unconfirmed: 0,
};
