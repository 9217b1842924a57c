import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import type { HttpRequest } from "../http/fetch.ts";
import type { IdentityParser } from "../identity/identity.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { Platform, Timers } from "../platform/platform.ts";
import type { RetryPolicy } from "../platform/retry-policy.ts";
import type { CreateDelivery, DeliveryCounts } from "./delivery.ts";
import { EvaluationCounter } from "./evaluation-counter.ts";
import { type EventBatch, Events, listEventSecrets } from "./events.ts";

/** The delivery counts of feature analytics (in evaluations) and of events. */
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
  readonly #logger: ClientLogger;
  #hasLoggedDisabled = false;

  constructor(
    { timers, onExit }: Platform,
    client: {
      readonly options: ParsedOptions;
      readonly connection: Connection;
      readonly logger: ClientLogger;
      readonly identities: IdentityParser;
      readonly createDelivery: CreateDelivery;
    },
  ) {
    const { options, connection, logger, createDelivery } = client;
    this.#logger = logger;
    const shared = { timers, onExit, logger, timeoutMs: options.requestTimeoutMs };
    const post = createPost(connection, timers);
    if (options.enableAnalytics) {
      const names = { kind: "Feature analytics", itemName: "evaluation" };
      const request = { url: options.analyticsUrl, urlOption: "analyticsUrl" };
      const send = (counts: ReadonlyMap<string, number>, call: Call) => {
        const body = JSON.stringify(Object.fromEntries(counts));
        return post({ ...request, body }, "application/json", call);
      };
      this.analytics = new EvaluationCounter((queue) =>
        createDelivery({ ...shared, ...names, queue, send }),
      );
    }
    if (options.enableEvents) {
      const names = { kind: "Events", itemName: "event" };
      const request = { url: `${options.eventsApiUrl}v1/events`, urlOption: "eventsApiUrl" };
      const send = (batch: EventBatch, call: Call) => {
        const body = `{"events":[${Array.from(batch.values(), ({ json }) => json).join()}]}`;
        const listSecrets = () => listEventSecrets(batch);
        return post({ ...request, body, listSecrets }, "application/json; charset=utf-8", call);
      };
      this.events = new Events(timers.now, client.identities, (queue) =>
        createDelivery({ ...shared, ...names, queue, send }),
      );
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
    if (this.events === undefined && !this.#hasLoggedDisabled) {
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

  report(): DeliveryReport {
    const none = { accepted: 0, pending: 0, dropped: 0, unconfirmed: 0 };
    return {
      analytics: this.analytics?.delivery.report() ?? none,
      events: this.events?.delivery.report() ?? none,
    };
  }
}

/** Creates the function that sends a report in one attempt. */
function createPost(connection: Connection, timers: Timers) {
  const send = connection.createSendRequest(timers, undefined, noRetries);
  return (request: Omit<HttpRequest, "method" | "headers">, contentType: string, call: Call) => {
    const headers = { ...connection.createHeaders(request.url), "Content-Type": contentType };
    return send({ ...request, method: "POST", headers, read: () => true }, call);
  };
}
