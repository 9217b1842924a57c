import { expect } from "vitest";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { environmentDocument, recordingChanges, updatedAt } from "../fake-environment.ts";
import {
  type Answer,
  fakePlatform,
  json,
  localClient,
  recordingLogger,
  type SeenRequest,
  settle,
  steadyPolicy,
} from "../fake-platform.ts";
import { eventStreams } from "../fake-streams.ts";

export const realtimeApiUrl = "https://realtime.example/";
export const apiKey = "cl13nt k€y";
export const streamUrl = `${realtimeApiUrl}sse/environments/${encodeURIComponent(apiKey)}/stream`;
export const named = `GET ${realtimeApiUrl}sse/environments/[redacted]/stream`;

/** When the document of {@link environmentDocument} was changed, in epoch seconds. */
export const toldAt = Date.parse(updatedAt) / 1000 + 0.000456;

export function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Settled, so that it is asked for conditionally. */
export const dated = {
  Date: "Thu, 01 Jan 2026 00:00:00 GMT",
  "Last-Modified": "Wed, 31 Dec 2025 12:00:00 GMT",
};

/** Documents with a value each, the one in use being the last that was put. */
function servedDocuments() {
  let current = environmentDocument(1, { api_key: apiKey });
  return {
    document: () => current,
    /** Serves a new value, changed so many seconds after the first document. */
    put: (value: unknown, seconds: number, more: object = {}) => {
      const date = { updated_at: dateOf(toldAt + seconds), api_key: apiKey };
      current = environmentDocument(value, { ...date, ...more });
      return toldAt + seconds;
    },
  };
}

/** An answer to the request of this number, or the usual one. */
export type Twist = (
  request: SeenRequest,
  count: number,
  usual: () => Response | Promise<Response>,
) => Response | Promise<Response>;

/** A client with realtime updates whose requests are never sent again, so that each is a load. */
export function streaming(
  {
    stream,
    documents,
    ...options
  }: Partial<FlagsmithOptions> & {
    readonly stream?: Twist;
    readonly documents?: Twist;
  } = {},
  more: Partial<Platform> = {},
) {
  const streams = eventStreams();
  const served = servedDocuments();
  const counts = { stream: 0, documents: 0 };
  const answer: Answer = (request, count) => {
    const isStream = request.url.includes("/sse/");
    const usual = () =>
      isStream ? streams.answer(request, count) : json(served.document(), { headers: dated });
    const twist = (isStream ? stream : documents) ?? usual;
    return twist(request, ++counts[isStream ? "stream" : "documents"], usual);
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
  const timesOf = (isStream: boolean) =>
    platform.requests.filter(({ url }) => url.includes("/sse/") === isStream).map(({ at }) => at);
  return {
    platform,
    clock: platform.clock,
    flagsmith,
    streams,
    served,
    changes,
    lines: logger.lines,
    /** All lines but those for debugging. */
    warnings: () => logger.lines.filter((line) => !line.startsWith("debug ")),
    loads: () => timesOf(false),
    connects: () => timesOf(true),
    value: async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner"),
  };
}

/** One that is loaded, follows its stream and has checked the document. */
export async function following(...args: Parameters<typeof streaming>) {
  const client = streaming(...args);
  await client.flagsmith.ready();
  await settle();
  return { ...client, stream: () => client.streams.opened.at(-1) ?? expect.unreachable() };
}

/** Of an answer that is a stream of events. */
export const eventStreamType = { "Content-Type": "text/event-stream" };
