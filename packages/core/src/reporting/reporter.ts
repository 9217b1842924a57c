import type { Connection } from "../http/connection.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Logger } from "../platform/logger.ts";
import type { Platform } from "../platform/platform.ts";
import type { CreateDelivery } from "./delivery.ts";
import type { DeliveryCounts } from "./delivery-attempts.ts";
import { EvaluationCounter } from "./evaluation-counter.ts";
import { Events } from "./events.ts";
import { createPost } from "./post.ts";

/** Delivery counts of feature analytics, in evaluations, and of events. */
export interface DeliveryReport {
  readonly analytics: DeliveryCounts;
  readonly events: DeliveryCounts;
}

/** Reports evaluations and events to Flagsmith, if the options enable it. */
export class Reporter {
  readonly analytics: EvaluationCounter | undefined;
  readonly events: Events | undefined;

  constructor(
    { timers, onExit }: Platform,
    client: {
      readonly options: ParsedOptions;
      readonly connection: Connection;
      readonly logger: Logger;
      readonly createDelivery: CreateDelivery;
    },
  ) {
    const { options, connection, logger, createDelivery } = client;
    const post = createPost(connection, timers);
    const shared = { timers, onExit, logger, timeoutMs: options.requestTimeoutMs };
    if (options.enableAnalytics) {
      const target = {
        url: options.analyticsUrl,
        urlOption: "analyticsUrl",
        contentType: "application/json",
      } as const;
      this.analytics = new EvaluationCounter(createDelivery, {
        ...shared,
        send: (counts, call) =>
          post({ ...target, body: JSON.stringify(Object.fromEntries(counts)) }, call),
      });
    }
    if (options.enableEvents) {
      const target = {
        url: `${options.eventsApiUrl}v1/events`,
        urlOption: "eventsApiUrl",
        contentType: "application/json; charset=utf-8",
      } as const;
      this.events = new Events(createDelivery, {
        ...shared,
        send: (batch, call) => {
          const events = Array.from(batch.values(), ({ json }) => json).join();
          return post({ ...target, body: `{"events":[${events}]}` }, call);
        },
      });
    }
    // Offline, nothing is sent: everything counts as dropped.
    if (options.offlineMode) void this.close();
  }

  /** Sends everything that is queued. Never rejects. */
  async flush(): Promise<void> {
    await Promise.all([this.analytics?.delivery.flush(), this.events?.delivery.flush()]);
  }

  /** Sends everything that is queued for the last time. Never rejects. */
  async close(): Promise<void> {
    await Promise.all([this.analytics?.delivery.close(), this.events?.delivery.close()]);
  }

  report(): DeliveryReport {
    const none = { accepted: 0, pending: 0, dropped: 0, unconfirmed: 0 };
    return {
      analytics: this.analytics?.delivery.report() ?? none,
      events: this.events?.delivery.report() ?? none,
    };
  }
}
