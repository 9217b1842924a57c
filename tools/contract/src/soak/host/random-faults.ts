import type { Fault, JsonValue } from "@flagsmith-isomorphic/testing";
import { drawInteger, drawItem, type Random } from "../../random.ts";
import { createDocument, invalidVersion } from "../versioned-document.ts";

/** Kinds of requests. */
export type Target = "document" | "stream" | "analytics" | "events";

/** Returns the kind of a request, or `undefined` for requests without faults, such as the steps of a redirect. */
export function findTarget(path: string): Target | undefined {
  if (path.startsWith("/api/v1/environment-document/")) return "document";
  if (path.startsWith("/api/v1/analytics/")) return "analytics";
  if (path.startsWith("/v1/events")) return "events";
  return path.startsWith("/sse/") ? "stream" : undefined;
}

/** Draws a fault for a request of this kind. */
export function drawFault(random: Random, target: Target): Fault {
  const isPost = target === "analytics" || target === "events";
  return drawItem(random, isPost ? commonFaults : [...commonFaults, ...responseFaults])(
    random,
    target,
  );
}

type DrawFault = (random: Random, target: Target) => Fault;

/** Delays are shorter and longer than the timeout of 500 ms. */
const commonFaults: readonly [DrawFault, ...DrawFault[]] = [
  (random, target) => ({
    kind: "status",
    status: drawItem(random, [500, 502, 503, 408, 425, 429, target === "document" ? 404 : 500]),
    ...(random() < 0.3 && { retryAfter: drawItem(random, ["0", "1"]) }),
  }),
  // The client drops rejected reports. A 400 would end streams for good.
  (random, target) => ({
    kind: "status",
    status: target === "stream" ? 500 : 400,
    ...(random() < 0.5 && { html: true }),
  }),
  () => ({ kind: "hang" }),
  () => ({ kind: "reset" }),
  (random) => ({ kind: "lostResponse", how: drawItem(random, ["hang", "reset"]) }),
  (random) => ({ kind: "slowHead", delayMs: drawInteger(random, 50, 700) }),
  (random) => ({ kind: "slowBody", delayMs: drawInteger(random, 10, 200) }),
  (random) => ({ kind: "cutBody", framing: drawItem(random, ["length", "chunked", "close"]) }),
  () => ({ kind: "redirect" }),
  () => ({ kind: "redirectLoop" }),
  () => ({ kind: "redirectAway", location: "http://127.0.0.1:9/" }),
];

/**
 * Responses with status 200 that are not Flagsmith's. Not for analytics and events: their real response
 * has no body to check, so the loss would be in no report.
 */
const responseFaults: readonly DrawFault[] = [
  () => ({ kind: "html200" }),
  (random) => ({ kind: "wrongShape", json: drawItem(random, createInvalidDocuments()) }),
];

/** Creates documents that must not be used. All but the first three are complete except for one member. */
function createInvalidDocuments(): [JsonValue, ...JsonValue[]] {
  const whole = JSON.parse(JSON.stringify(createDocument(invalidVersion)));
  return [
    {},
    null,
    [],
    { ...whole, api_key: null },
    { ...whole, feature_states: null },
    { ...whole, feature_states: {} },
  ];
}
