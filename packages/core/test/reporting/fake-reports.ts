import type { DeliveryReport } from "../../src/reporting/reporter.ts";
import { documentResponse } from "../fake-environment.ts";
import {
  apiFlag,
  FakeClock,
  fakePlatform,
  json,
  type Responder,
  type SeenRequest,
  status,
} from "../fake-platform.ts";
import { counts } from "./fake-delivery.ts";

/** The events API of the tests. */
export const eventsApiUrl = "https://events.example/";

/** A flag of an identity in an experiment. */
export function experimentFlag(name = "banner", more: object = {}) {
  const experiment = { id: 77, name: "Colours", in_experiment: true };
  return apiFlag(name, { variant: "red", metadata: { experiment }, ...more });
}

/** A platform whose API has one flag, `banner`, and answers reports with `receive`. */
export function reportingPlatform(
  receive: Responder = () => status(200),
  more: Parameters<typeof fakePlatform>[1] = {},
) {
  let received = 0;
  const platform = fakePlatform((request) => {
    if (isReport(request)) return receive(request, ++received);
    if (request.url.endsWith("/environment-document/")) return documentResponse();
    if (request.method === "POST") return json({ flags: [experimentFlag()], traits: [] });
    return json([apiFlag("banner")]);
  }, more);
  /** The requests that sent counts or events. */
  const reports = () => platform.requests.filter(isReport);
  const bodies = () => reports().map(parseBody);
  /** The names of the events of one report. */
  const eventNames = (index: number): string[] =>
    bodies()
      .at(index)
      .events.map(({ event }: { event: string }) => event);
  return { ...platform, platform, reports, bodies, eventNames };
}

/** A {@link reportingPlatform} without background timers. */
export function reportingIsolate(receive?: Responder) {
  const clock = new FakeClock();
  return reportingPlatform(receive, { clock, timers: clock.isolateTimers });
}

/** A {@link reportingPlatform} whose first report is in flight until `fail` is called. */
export function failingOncePlatform() {
  let fail = () => {};
  const platform = reportingPlatform((_request, count) =>
    count === 1
      ? new Promise((_, reject) => {
          fail = () => reject(new TypeError("reset"));
        })
      : status(202),
  );
  return { ...platform, fail: () => fail() };
}

/** Counts that are zero, except for those given. */
export function reportWith(more: {
  readonly analytics?: Partial<DeliveryReport["analytics"]>;
  readonly events?: Partial<DeliveryReport["events"]>;
}): DeliveryReport {
  return { analytics: counts(more.analytics ?? {}), events: counts(more.events ?? {}) };
}

function isReport({ url }: SeenRequest): boolean {
  return url.includes("analytics") || url.includes("events");
}

function parseBody({ body }: SeenRequest) {
  return JSON.parse(body ?? "null");
}
