import type { Connection } from "../http/connection.ts";
import type { HttpRequest, HttpResponse } from "../http/fetch.ts";
import { outsideRender } from "../http/render-signal.ts";
import type { IdentityParser } from "../identity/identity.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { Platform } from "../platform/platform.ts";
import type { CreateDelivery, DeliveryCounts, DeliveryOptions, Queue } from "./delivery.ts";
import { EvaluationCounter } from "./evaluation-counter.ts";
import { type EventBatch, Events, listEventSecrets } from "./events.ts";

/** The delivery counts of feature analytics (in evaluations) and of events. */
export interface DeliveryReport {
  readonly analytics: DeliveryCounts;
  readonly events: DeliveryCounts;
}

/** A kind of report. */
interface Report<Batch> extends Pick<DeliveryOptions<Batch>, "kind" | "itemName"> {
  readonly url: string;
  readonly urlOption: string;
  readonly contentType: string;
  readonly toBody: (batch: Batch) => Pick<HttpRequest, "body" | "listSecrets">;
}

/** Reports evaluations and events to Flagsmith, if the options enable it. */
export class Reporter {
  readonly analytics: EvaluationCounter | undefined;
  readonly events: Events | undefined;
  readonly #logger: ClientLogger;
  #hasLoggedDisabled = false;

  constructor(
    { timers, onExit }: Platform,
    client: {
      readonly options: ParsedOptions;
      readonly connection: Connection;
      readonly logger: ClientLogger;
      readonly identities: IdentityParser;
      readonly modules: { readonly delivery: CreateDelivery };
    },
  ) {
    const { options, connection, logger, modules } = client;
    this.#logger = logger;
    const shared = { timers, onExit, logger, timeoutMs: options.requestTimeoutMs };
    // A failed report is sent again later, together with newer items.
    const send = connection.createSendRequest(timers, undefined, 0);
    const deliver =
      <Batch extends { readonly size: number }>(report: Report<Batch>) =>
      (queue: Queue<Batch>) => {
        const { url, urlOption, contentType, toBody } = report;
        const headers = { ...connection.createHeaders(url), "Content-Type": contentType };
        // A page (<!doctype html> or <html>) does not come from Flagsmith, but for example from a captive portal.
        const read = ({ text }: HttpResponse) => !/^\s*<[!h]/i.test(text) || undefined;
        const request = {
          method: "POST",
          url,
          urlOption,
          headers,
          init: outsideRender,
          read,
        } as const;
        return modules.delivery<Batch>({
          ...shared,
          ...report,
          queue,
          send: (batch, call) => send({ ...request, ...toBody(batch) }, call),
        });
      };
    if (options.enableAnalytics) {
      const createQueueDelivery = deliver({
        kind: "Feature analytics",
        itemName: "evaluation",
        url: options.analyticsUrl,
        urlOption: "analyticsUrl",
        contentType: "application/json",
        toBody: (counts: ReadonlyMap<string, number>) => ({
          body: JSON.stringify(Object.fromEntries(counts)),
        }),
      });
      this.analytics = new EvaluationCounter(createQueueDelivery);
    }
    if (options.enableEvents) {
      const createQueueDelivery = deliver({
        kind: "Events",
        itemName: "event",
        url: `${options.eventsApiUrl}v1/events`,
        urlOption: "eventsApiUrl",
        contentType: "application/json; charset=utf-8",
        toBody: (batch: EventBatch) => ({
          body: `{"events":[${Array.from(batch.values(), ({ json }) => json).join()}]}`,
          listSecrets: () => listEventSecrets(batch),
        }),
      });
      this.events = new Events(timers.now, client.identities, createQueueDelivery);
    }
    // Offline mode sends nothing. After `close()`, everything counts as dropped.
    if (options.offlineMode) void this.close();
  }

  /**
   * Returns the queue of events, or `undefined` if events are disabled, which is logged once.
   *
   * @throws {@link FlagsmithClientError} `CLOSED` after `close()`.
   */
  useEvents(scope: { assertOpen(): void }): Events | undefined {
    scope.assertOpen();
    if (!this.events && !this.#hasLoggedDisabled) {
      this.#hasLoggedDisabled = true;
      this.#logger.debug("Events are not sent, because enableEvents is off.");
    }
    return this.events;
  }

  /** Sends both queues. Never rejects. */
  async flush(): Promise<void> {
    await Promise.all([this.analytics?.delivery.flush(), this.events?.delivery.flush()]);
  }

  /** Sends both queues for the last time. Never rejects. */
  async close(): Promise<void> {
    await Promise.all([this.analytics?.delivery.close(), this.events?.delivery.close()]);
  }

  counts(): DeliveryReport {
    const none = { accepted: 0, pending: 0, dropped: 0, unconfirmed: 0 };
    return {
      analytics: this.analytics?.delivery.counts() ?? none,
      events: this.events?.delivery.counts() ?? none,
    };
  }
}
