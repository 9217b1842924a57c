import { empty, errorPage, json, type Reply } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import type { ApiControls } from "./controls.ts";
import type { EnvironmentDocument } from "./environment-document.ts";
import type { Fault } from "./faults.ts";
import { textOf } from "./request-body.ts";

/** Where the remote control answers, on both fronts. */
export const CONTROL_PATH = "/testing/";

/** Answers a request to the remote control; `undefined` for any other request. */
export function controlReply(request: ApiRequest, api: ApiControls): Reply | undefined {
  if (!request.path.startsWith(CONTROL_PATH)) return undefined;
  const command = `${request.method} ${request.path.slice(CONTROL_PATH.length)}`;
  try {
    return commandReply(command, request, api);
  } catch (error) {
    return json(400, { detail: error instanceof Error ? error.message : String(error) });
  }
}

function commandReply(command: string, request: ApiRequest, api: ApiControls): Reply {
  switch (command) {
    case "POST fail-next": {
      const { count, fault } = bodyOf(request) as { count: number | null; fault: Fault };
      // JSON has no Infinity: it arrives as null.
      api.failNext(count ?? Number.POSITIVE_INFINITY, fault);
      return empty(204);
    }
    case "POST clear-faults":
      api.clearFaults();
      return empty(204);
    case "GET requests":
      return json(200, api.requests);
    case "POST clear-requests":
      api.clearRequests();
      return empty(204);
    case "GET document":
      return json(200, api.document);
    case "PUT document":
      api.setDocument(bodyOf(request) as EnvironmentDocument);
      return empty(204);
    case "GET accepted":
      return json(200, { analytics: api.acceptedAnalytics, events: api.acceptedEvents });
    case "GET streams":
      return json(200, { open: api.openStreams() });
    case "POST send-event":
      api.sendEvent((bodyOf(request) as { updatedAt: number }).updatedAt);
      return empty(204);
    case "POST send-to-streams":
      // The body is the chunk itself: JSON cannot hold a part of a character.
      api.sendToStreams(request.body);
      return empty(204);
    case "POST end-streams":
      api.endStreams();
      return empty(204);
    case "POST reset-streams":
      api.resetStreams();
      return empty(204);
    case "POST reset":
      api.reset();
      return empty(204);
    default:
      return errorPage(404, "Not Found", "The remote control knows no such command.");
  }
}

function bodyOf(request: ApiRequest): unknown {
  return JSON.parse(textOf(request.body));
}
