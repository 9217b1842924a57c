import type { Post } from "../http/connection.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Logger } from "../platform/logger.ts";
import type { Platform, Timers } from "../platform/platform.ts";
import {
  type CreateDelivery,
  type DeliveryReport,
  noDelivery,
  nothingDelivered,
} from "./delivery.ts";
import { createFeatureAnalytics, type FeatureAnalytics } from "./evaluation-counter.ts";
import { createEvents, type Events } from "./events.ts";

/** What is reported to Flagsmith, as far as the options ask for it. */
export interface Reports {
  readonly analytics: FeatureAnalytics | undefined;
  readonly events: Events | undefined;
  /** Never rejects. */
  readonly flush: () => Promise<void>;
  /** Never rejects; nothing is sent afterwards. */
  readonly close: () => Promise<void>;
  readonly report: () => DeliveryReport;
}

/** What {@link createReports} needs of the client. */
export interface ReportsContext {
  readonly options: ParsedOptions;
  readonly post: Post;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly onExit: Platform["onExit"];
  readonly createDelivery: CreateDelivery;
}

/** Makes the reports of one client. */
export function createReports({ options, post, ...context }: ReportsContext): Reports {
  const { analyticsUrl, eventsApiUrl, requestTimeoutMs: timeoutMs, offlineMode } = options;
  const createDelivery = offlineMode ? noDelivery : context.createDelivery;
  const sent = { ...context, timeoutMs, createDelivery };
  const analytics = options.enableAnalytics
    ? createFeatureAnalytics({
        ...sent,
        send: (counts, call) => {
          const body = JSON.stringify(Object.fromEntries(counts));
          const contentType = "application/json";
          return post({ url: analyticsUrl, urlOption: "analyticsUrl", contentType, body }, call);
        },
      })
    : undefined;
  const events = options.enableEvents
    ? createEvents({
        ...sent,
        send: (batch, call) => {
          const url = `${eventsApiUrl}v1/events`;
          const contentType = "application/json; charset=utf-8";
          const body = `{"events":[${Array.from(batch.values(), ({ json }) => json).join()}]}`;
          return post({ url, urlOption: "eventsApiUrl", contentType, body }, call);
        },
      })
    : undefined;

  return {
    analytics,
    events,
    flush: async () => {
      await Promise.all([analytics?.delivery.flush(), events?.delivery.flush()]);
    },
    close: async () => {
      await Promise.all([analytics?.delivery.close(), events?.delivery.close()]);
    },
    report: () => ({
      analytics: analytics?.delivery.report() ?? nothingDelivered,
      events: events?.delivery.report() ?? nothingDelivered,
    }),
  };
}
