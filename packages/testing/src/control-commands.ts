/** Where the remote control answers, on both fronts. */
export const controlPath = "/testing/";

/** What the remote control can be told: the method, and the path below {@link controlPath}. */
export const controlCommands = {
  requests: ["GET", "requests"],
  clearRequests: ["POST", "clear-requests"],
  document: ["GET", "document"],
  setDocument: ["PUT", "document"],
  failNext: ["POST", "fail-next"],
  clearFaults: ["POST", "clear-faults"],
  accepted: ["GET", "accepted"],
  streams: ["GET", "streams"],
  sendEvent: ["POST", "send-event"],
  sendToStreams: ["POST", "send-to-streams"],
  endStreams: ["POST", "end-streams"],
  resetStreams: ["POST", "reset-streams"],
  reset: ["POST", "reset"],
} as const;

/** The name of one command. */
export type ControlCommand = keyof typeof controlCommands;
