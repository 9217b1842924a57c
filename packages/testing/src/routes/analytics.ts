import type { Accepted } from "../accepted.ts";
import { empty, json, type Reply } from "../answer.ts";
import { isDictionary, notADictionary } from "../dictionary.ts";
import type { WireDocument } from "../environment-document.ts";
import { parseBody } from "../request-body.ts";
import { type Route, varyAccept } from "./route.ts";

const evaluationMembers = ["feature_name", "enabled_when_evaluated", "count"];
const required = ["This field is required."];

/** `POST analytics/flags/`, first version: counts by feature name. */
export function analyticsRoute(accepted: Accepted): Route {
  return analytics("/api/v1/analytics/flags/", (body, document) => {
    if (!isDictionary(body)) return json(400, { non_field_errors: ["Expected a JSON object."] });
    for (const [feature, count] of Object.entries(body)) {
      addCount(accepted, { feature, count, document });
    }
    return empty(200);
  });
}

/** `POST analytics/flags/`, second version: a list of evaluations. */
export function evaluationsRoute(accepted: Accepted): Route {
  return analytics("/api/v2/analytics/flags/", (body, document) => {
    if (!isDictionary(body)) return json(400, { non_field_errors: [notADictionary(body)] });
    const { evaluations } = body;
    if (!Array.isArray(evaluations)) return json(400, { evaluations: required });
    const problems = evaluations.map(evaluationProblems);
    if (problems.some((problem) => Object.keys(problem).length > 0)) {
      return json(400, { evaluations: problems });
    }
    for (const { feature_name, count } of evaluations) {
      addCount(accepted, { feature: feature_name, count, document });
    }
    return empty(204);
  });
}

function analytics(path: string, take: (body: unknown, document: WireDocument) => Reply): Route {
  return {
    path,
    methods: ["POST"],
    vary: varyAccept,
    offersHtml: true,
    async handle({ request, document }) {
      const body = await parseBody(request);
      return "refused" in body ? body.refused : take(body.value, document);
    },
  };
}

interface Count {
  readonly feature: string;
  readonly count: unknown;
  readonly document: WireDocument;
}

/** Unknown features and counts that are no integers are passed over, as the server does. */
function addCount(accepted: Accepted, { feature, count, document }: Count): void {
  const isKnown = document.feature_states.some((state) => state.feature.name === feature);
  if (isKnown && typeof count === "number" && Number.isInteger(count)) {
    accepted.addEvaluations(feature, count);
  }
}

function evaluationProblems(evaluation: unknown): object {
  if (!isDictionary(evaluation)) return { non_field_errors: [notADictionary(evaluation)] };
  const missing = evaluationMembers.filter((name) => evaluation[name] === undefined);
  return Object.fromEntries(missing.map((name) => [name, required]));
}
