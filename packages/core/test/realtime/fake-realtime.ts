import { expect } from "vitest";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { environmentDocument, recordingChanges, updatedAt } from "../fake-environment.ts";
import {
  fakePlatform,
  json,
  localClient,
  type Responder,
  recordingLogger,
  type SeenRequest,
  settle,
  steadyPolicy,
} from "../fake-platform.ts";
import { eventStreams } from "./fake-streams.ts";

export const realtimeApiUrl = "https://realtime.example/";
export const apiKey = "cl13nt k€y";
export const streamUrl = `${realtimeApiUrl}sse/environments/${encodeURIComponent(apiKey)}/stream`;
export const redactedRequest = `GET ${realtimeApiUrl}sse/environments/[redacted]/stream`;

/** When the document of {@link environmentDocument} was changed, in epoch seconds. */
export const changedAt = Date.parse(updatedAt) / 1000 + 0.000456;

export function toIsoDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Serves the last of several documents. */
function createDocuments() {
  let current = environmentDocument(1, { api_key: apiKey });
  return {
    document: () => current,
    /** Serves a new value, changed `seconds` after the first document. Returns its time in epoch seconds. */
    put: (value: unknown, seconds: number, more: object = {}) => {
      const dates = { updated_at: toIsoDate(changedAt + seconds), api_key: apiKey };
      current = environmentDocument(value, { ...dates, ...more });
      return changedAt + seconds;
    },
  };
}

/** Responds to a request, or calls `respond` for the default response. */
export type Respond = (
  request: SeenRequest,
  count: number,
  respond: () => Response | Promise<Response>,
) => Response | Promise<Response>;

/** Creates a client with realtime updates. It sends no request again, so that each request is one load. */
export function createRealtimeClient(
  {
    stream,
    documents,
    ...options
  }: Partial<FlagsmithOptions> & {
    readonly stream?: Respond;
    readonly documents?: Respond;
  } = {},
  more: Partial<Platform> = {},
) {
  const streams = eventStreams();
  const served = createDocuments();
  const counts = { stream: 0, documents: 0 };
  const answer: Responder = (request, count) => {
    const isStream = request.url.includes("/sse/");
    const respond = () => (isStream ? streams.answer(request, count) : json(served.document()));
    const custom = (isStream ? stream : documents) ?? respond;
    return custom(request, ++counts[isStream ? "stream" : "documents"], respond);
  };
  const platform = fakePlatform(answer, { retryPolicy: steadyPolicy(0, 0), ...more });
  const logger = recordingLogger();
  const { changes, onEnvironmentChange } = recordingChanges();
  const flagsmith = localClient(platform, {
    enableRealtimeUpdates: true,
    realtimeApiUrl,
    logger,
    onEnvironmentChange,
    ...options,
  });
  const requestTimes = (isStream: boolean) =>
    platform.requests.filter(({ url }) => url.includes("/sse/") === isStream).map(({ at }) => at);
  return {
    platform,
    clock: platform.clock,
    flagsmith,
    streams,
    served,
    changes,
    lines: logger.lines,
    /** All log lines except debug lines. */
    warnings: () => logger.lines.filter((line) => !line.startsWith("debug ")),
    loads: () => requestTimes(false),
    connects: () => requestTimes(true),
    value: async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner"),
  };
}

/** Creates a client that has loaded its document, opened its stream and loaded the document again. */
export async function createFollowingClient(...args: Parameters<typeof createRealtimeClient>) {
  const client = createRealtimeClient(...args);
  await client.flagsmith.ready();
  await settle();
  return { ...client, stream: () => client.streams.opened.at(-1) ?? expect.unreachable() };
}

/** The headers of an event stream. */
export const eventStreamHeaders = { "Content-Type": "text/event-stream" };
