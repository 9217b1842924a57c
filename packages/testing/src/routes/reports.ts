import { isJsonObject, notAnObject, parseBody } from "../api-request.ts";
import { empty, json, type RouteResponse } from "../api-response.ts";
import type { Route } from "../router.ts";
import type { JsonValue, WireDocument } from "../wire-document.ts";

/** An experiment event, as `POST /v1/events` accepts it. */
export type AcceptedEvent = Readonly<Record<string, JsonValue>>;

/** The evaluation counts and events that the API has accepted. */
export class ReceivedReports {
  #analytics = new Map<string, number>();
  #events: AcceptedEvent[] = [];

  get analytics(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#analytics);
  }

  get events(): readonly AcceptedEvent[] {
    return [...this.#events];
  }

  /** Counts evaluations. Like the server, ignores unknown features and counts that are not integers. */
  addEvaluations(feature: string, count: unknown, { feature_states }: WireDocument): void {
    const isKnown = feature_states.some((state) => state.feature.name === feature);
    if (!isKnown || typeof count !== "number" || !Number.isInteger(count)) return;
    this.#analytics.set(feature, (this.#analytics.get(feature) ?? 0) + count);
  }

  addEvents(events: readonly AcceptedEvent[]): void {
    this.#events.push(...events);
  }

  clear(): void {
    this.#analytics = new Map();
    this.#events = [];
  }
}

const evaluationMembers = ["feature_name", "enabled_when_evaluated", "count"];
const required = ["This field is required."];

/** Creates `POST analytics/flags/`, version 1: counts by feature name. */
export function createAnalyticsRoute(reports: ReceivedReports): Route {
  return createReportRoute("/api/v1/analytics/flags/", (body, document) => {
    if (!isJsonObject(body)) return json(400, { non_field_errors: ["Expected a JSON object."] });
    for (const [feature, count] of Object.entries(body)) {
      reports.addEvaluations(feature, count, document);
    }
    return empty(200);
  });
}

/** Creates `POST analytics/flags/`, version 2: a list of evaluations. */
export function createEvaluationsRoute(reports: ReceivedReports): Route {
  return createReportRoute("/api/v2/analytics/flags/", (body, document) => {
    if (!isJsonObject(body)) return json(400, notAnObject);
    const { evaluations } = body;
    if (!Array.isArray(evaluations)) return json(400, { evaluations: required });
    const problems = evaluations.map(listEvaluationProblems);
    if (problems.some((problem) => Object.keys(problem).length > 0)) {
      return json(400, { evaluations: problems });
    }
    for (const { feature_name, count } of evaluations) {
      reports.addEvaluations(feature_name, count, document);
    }
    return empty(204);
  });
}

/** Creates `POST /v1/events`: experiment events, which only the hosted service accepts. */
export function createEventsRoute(reports: ReceivedReports): Route {
  const route = createReportRoute("/v1/events", (body) => {
    const events = isJsonObject(body) ? body["events"] : undefined;
    if (!Array.isArray(events) || !events.every(isEvent)) {
      return json(400, { detail: "Expected an object with a list of events." });
    }
    reports.addEvents(events);
    return empty(202);
  });
  return { ...route, offersHtml: false };
}

function createReportRoute(
  path: string,
  accept: (body: unknown, document: WireDocument) => RouteResponse,
): Route {
  return {
    path,
    methods: ["POST"],
    offersHtml: true,
    async handle({ request, document }) {
      const body = await parseBody(request);
      return "refusal" in body ? body.refusal : accept(body.value, document);
    },
  };
}

function listEvaluationProblems(evaluation: unknown): object {
  if (!isJsonObject(evaluation)) return notAnObject;
  const missing = evaluationMembers.filter((name) => evaluation[name] === undefined);
  return Object.fromEntries(missing.map((name) => [name, required]));
}

function isEvent(value: unknown): value is AcceptedEvent {
  return (
    isJsonObject(value) &&
    typeof value["event"] === "string" &&
    typeof value["timestamp"] === "number"
  );
}
