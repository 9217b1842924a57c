/** What became of what was to be delivered, since the client was made. */
export interface DeliveryCounts {
  /** The server said that it has them. */
  readonly accepted: number;
  /** Not yet delivered: waiting, or on their way. */
  readonly held: number;
  /** Given up: refused by the server, too many of them, or made when nothing is sent any more. */
  readonly dropped: number;
  /**
   * Those of attempts that may have arrived, though no answer said so: the server takes a repetition for
   * new, and may count up to this many too many.
   */
  readonly resent: number;
}

/** What became of feature analytics, in evaluations, and of events. */
export interface DeliveryReport {
  readonly analytics: DeliveryCounts;
  readonly events: DeliveryCounts;
}

/** Of what is not sent at all. */
export const nothingDelivered: DeliveryCounts = { accepted: 0, held: 0, dropped: 0, resent: 0 };
