import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import type { HttpRequest } from "../http/fetch.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Logger } from "../platform/logger.ts";
import type { Platform } from "../platform/platform.ts";
import type { RetryPolicy } from "../platform/retry-policy.ts";
import type { CreateDelivery } from "./delivery.ts";
import type { DeliveryCounts } from "./delivery-attempts.ts";
import { EvaluationCounter } from "./evaluation-counter.ts";
import { Events } from "./events.ts";

/** Delivery counts of feature analytics, in evaluations, and of events. */
export interface DeliveryReport {
  readonly analytics: DeliveryCounts;
  readonly events: DeliveryCounts;
}

/** A failed report is sent again later, together with newer items. */
const noRetries: RetryPolicy = { retries: 0, delay: () => 0, shouldRetry: () => false };

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
    const shared = { timers, onExit, logger, timeoutMs: options.requestTimeoutMs };
    const sendRequest = connection.createSendRequest(timers, noRetries);
    const post = (request: Omit<HttpRequest, "method" | "headers">, type: string, call: Call) => {
      const headers = { ...connection.createHeaders(request.url), "Content-Type": type };
      return sendRequest({ ...request, method: "POST", headers, read: () => true }, call);
    };
    if (options.enableAnalytics) {
      this.analytics = new EvaluationCounter((queue) =>
        createDelivery({
          ...shared,
          queue,
          kind: "Feature analytics",
          itemName: "evaluation",
          send: (counts, call) => {
            const body = JSON.stringify(Object.fromEntries(counts));
            const request = { url: options.analyticsUrl, urlOption: "analyticsUrl", body };
            return post(request, "application/json", call);
          },
        }),
      );
    }
    if (options.enableEvents) {
      this.events = new Events(timers.now, (queue) =>
        createDelivery({
          ...shared,
          queue,
          kind: "Events",
          itemName: "event",
          send: (batch, call) => {
            const body = `{"events":[${Array.from(batch.values(), ({ json }) => json).join()}]}`;
            const url = `${options.eventsApiUrl}v1/events`;
            const request = { url, urlOption: "eventsApiUrl", body };
            return post(request, "application/json; charset=utf-8", call);
          },
        }),
      );
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
