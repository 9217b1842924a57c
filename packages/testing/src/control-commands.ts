/** Path prefix of the remote control. */
export const controlPath = "/testing/";

/** Commands of the remote control: the method, and the path below {@link controlPath}. */
export const controlCommands = {
  requests: ["GET", "requests"],
  clearRequests: ["POST", "clear-requests"],
  document: ["GET", "document"],
  setDocument: ["PUT", "document"],
  failNext: ["POST", "fail-next"],
  clearFaults: ["POST", "clear-faults"],
  acceptedAnalytics: ["GET", "accepted-analytics"],
  acceptedEvents: ["GET", "accepted-events"],
  openStreamCount: ["GET", "open-stream-count"],
  sendChangeEvent: ["POST", "send-change-event"],
  sendToStreams: ["POST", "send-to-streams"],
  endStreams: ["POST", "end-streams"],
  resetStreams: ["POST", "reset-streams"],
  reset: ["POST", "reset"],
} as const;

/** The name of one command. */
export type ControlCommand = keyof typeof controlCommands;
