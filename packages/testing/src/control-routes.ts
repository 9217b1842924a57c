import { empty, errorPage, json, type Reply } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import { type ControlCommand, controlCommands, controlPath } from "./control-commands.ts";
import type { ApiControls } from "./controls.ts";
import type { WireDocument } from "./environment-document.ts";
import type { Fault } from "./faults.ts";
import { textOf } from "./request-body.ts";

/** Answers a request to the remote control; `undefined` for any other request. */
export function controlReply(request: ApiRequest, api: ApiControls): Reply | undefined {
  if (!request.path.startsWith(controlPath)) return undefined;
  const command = commandOf(request);
  if (command === undefined) {
    return errorPage(404, "Not Found", "The remote control knows no such command.");
  }
  try {
    return replies[command](api, request) ?? empty(204);
  } catch (error) {
    return json(400, { detail: error instanceof Error ? error.message : String(error) });
  }
}

function commandOf({ method, path }: ApiRequest): ControlCommand | undefined {
  const names = Object.keys(controlCommands) as ControlCommand[];
  return names.find((name) => {
    const [wantedMethod, wantedPath] = controlCommands[name];
    return method === wantedMethod && path === controlPath + wantedPath;
  });
}

/** What each command does; one that has nothing to say is answered without a body. */
const replies: Readonly<
  Record<ControlCommand, (api: ApiControls, request: ApiRequest) => Reply | undefined>
> = {
  requests: (api) => json(200, api.requests),
  clearRequests: (api) => void api.clearRequests(),
  document: (api) => json(200, api.document),
  setDocument: (api, request) => void api.setDocument(bodyOf(request) as WireDocument),
  failNext: (api, request) => {
    const { count, fault } = bodyOf(request) as { count: number | null; fault: Fault };
    // JSON has no infinity: it arrives as null.
    return void api.failNext(count ?? Number.POSITIVE_INFINITY, fault);
  },
  clearFaults: (api) => void api.clearFaults(),
  acceptedAnalytics: (api) => json(200, api.acceptedAnalytics),
  acceptedEvents: (api) => json(200, api.acceptedEvents),
  openStreamCount: (api) => json(200, api.openStreamCount),
  sendChangeEvent: (api, request) => void api.sendChangeEvent(bodyOf(request) as number),
  // The body is the chunk itself: JSON cannot hold a part of a character.
  sendToStreams: (api, request) => void api.sendToStreams(request.body),
  endStreams: (api) => void api.endStreams(),
  resetStreams: (api) => void api.resetStreams(),
  reset: (api) => void api.reset(),
};

function bodyOf(request: ApiRequest): unknown {
  return JSON.parse(textOf(request.body));
}
