import type { Fault, JsonValue } from "@flagsmith-isomorphic/testing";
import { integer, pick, type Random } from "../random.ts";
import { documentOf, poison } from "./versioned-document.ts";

/** What clients ask the API for. */
export type Target = "document" | "stream" | "analytics" | "events";

/** What a request asks for; `undefined` for what is not to be disturbed, such as the steps of a redirect. */
export function targetOf(path: string): Target | undefined {
  if (path.startsWith("/api/v1/environment-document/")) return "document";
  if (path.startsWith("/api/v1/analytics/")) return "analytics";
  if (path.startsWith("/v1/events")) return "events";
  return path.startsWith("/sse/") ? "stream" : undefined;
}

/** By chance, one of the faults that may befall a request for that. */
export function randomFault(random: Random, target: Target): Fault {
  const isPost = target === "analytics" || target === "events";
  return pick(random, isPost ? anyKind : [...anyKind, ...kindsOfAnswers])(random, target);
}

type DrawFault = (random: Random, target: Target) => Fault;

/** Delays on both sides of a timeout of 500 ms. */
const anyKind: readonly [DrawFault, ...DrawFault[]] = [
  (random, target) => ({
    kind: "status",
    status: pick(random, [500, 502, 503, 408, 425, 429, target === "document" ? 404 : 500]),
    ...(random() < 0.3 && { retryAfter: pick(random, ["0", "1"]) }),
  }),
  // What is refused for good is dropped; for streams it would be their end.
  (random, target) => ({
    kind: "status",
    status: target === "stream" ? 500 : 400,
    ...(random() < 0.5 && { html: true }),
  }),
  () => ({ kind: "hang" }),
  () => ({ kind: "reset" }),
  (random) => ({ kind: "lostResponse", how: pick(random, ["hang", "reset"]) }),
  (random) => ({ kind: "slowHead", delayMs: integer(random, 50, 700) }),
  (random) => ({ kind: "slowBody", delayMs: integer(random, 10, 200) }),
  (random) => ({ kind: "cutBody", framing: pick(random, ["length", "chunked", "close"]) }),
  () => ({ kind: "redirect" }),
  () => ({ kind: "redirectLoop" }),
  () => ({ kind: "redirectAway", location: "http://127.0.0.1:9/" }),
];

/**
 * A 200 that is not Flagsmith's. Whoever sends analytics or events cannot tell it from the real one,
 * which has no body: what it swallows is lost, and no report could name it.
 */
const kindsOfAnswers: readonly DrawFault[] = [
  () => ({ kind: "html200" }),
  (random) => ({ kind: "wrongShape", json: pick(random, wrongShapes()) }),
];

/** The last ones are right in all parts but one: nothing of them may be applied. */
function wrongShapes(): [JsonValue, ...JsonValue[]] {
  const whole = JSON.parse(JSON.stringify(documentOf(poison)));
  return [
    {},
    null,
    { ...whole, project: { segments: null } },
    { ...whole, feature_states: [...whole.feature_states, { enabled: true }] },
    { ...whole, identity_overrides: [...whole.identity_overrides, { identifier: 7 }] },
  ];
}
