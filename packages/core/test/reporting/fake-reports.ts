import type { DeliveryReport } from "../../src/reporting/delivery.ts";
import { documentAnswer } from "../fake-environment.ts";
import {
  type Answer,
  apiFlag,
  FakeClock,
  fakePlatform,
  json,
  type SeenRequest,
  status,
} from "../fake-platform.ts";

/** Where the clients of the tests send events. */
export const eventsApiUrl = "https://events.example/";

/** A flag that takes part in an experiment. */
export function experimentFlag(name = "banner", more: object = {}) {
  const experiment = { id: 77, name: "Colours", in_experiment: true };
  return apiFlag(name, { variant: "red", metadata: { experiment }, ...more });
}

/** A platform whose API has one flag, `banner`, and takes reports as the given answer does. */
export function reportingPlatform(
  takeReport: Answer = () => status(200),
  more: Parameters<typeof fakePlatform>[1] = {},
) {
  let taken = 0;
  const platform = fakePlatform((asked) => {
    if (isReport(asked)) return takeReport(asked, ++taken);
    if (asked.url.endsWith("/environment-document/")) return documentAnswer();
    if (asked.method === "POST") return json({ flags: [experimentFlag()], traits: [] });
    return json([apiFlag("banner")]);
  }, more);
  /** The requests that carried counts or events. */
  const reports = () => platform.requests.filter(isReport);
  return { ...platform, platform, reports, bodies: () => reports().map(bodyOf) };
}

/** The same in an isolate: its clock can only sleep. */
export function reportingIsolate(takeReport?: Answer) {
  const clock = new FakeClock();
  const timers = { now: clock.now, sleep: clock.sleep };
  return { ...reportingPlatform(takeReport, { timers }), clock };
}

/** Counts that must be zero but for those given. */
export function reportWith(more: {
  readonly analytics?: Partial<DeliveryReport["analytics"]>;
  readonly events?: Partial<DeliveryReport["events"]>;
}): DeliveryReport {
  const none = { accepted: 0, pending: 0, dropped: 0, unconfirmed: 0 };
  return { analytics: { ...none, ...more.analytics }, events: { ...none, ...more.events } };
}

function isReport({ url }: SeenRequest): boolean {
  return url.includes("analytics") || url.includes("events");
}

function bodyOf({ body }: SeenRequest) {
  return JSON.parse(body ?? "null");
}
