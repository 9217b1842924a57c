import type { Accepted, AcceptedEvent } from "../accepted.ts";
import { empty, json } from "../answer.ts";
import { isDictionary } from "../dictionary.ts";
import { parseBody } from "../request-body.ts";
import { type Route, varyAccept } from "./route.ts";

/** `POST /v1/events`: the hosted service's experiment events; a self-hosted API has none. */
export function eventsRoute(accepted: Accepted): Route {
  return {
    path: "/v1/events",
    methods: ["POST"],
    vary: varyAccept,
    offersHtml: false,
    async handle({ request }) {
      const body = await parseBody(request);
      if ("refused" in body) return body.refused;
      const events = isDictionary(body.value) ? body.value["events"] : undefined;
      if (!Array.isArray(events) || !events.every(isEvent)) {
        return json(400, { detail: "Expected an object with a list of events." });
      }
      accepted.addEvents(events);
      return empty(202);
    },
  };
}

function isEvent(value: unknown): value is AcceptedEvent {
  return (
    isDictionary(value) &&
    typeof value["event"] === "string" &&
    typeof value["timestamp"] === "number"
  );
}
