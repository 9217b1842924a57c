import type { Fault } from "@flagsmith-isomorphic/testing";

/** Faults by the names that the titles of cases use. */
export const namedFaults = {
  "status 400": { kind: "status", status: 400 },
  "status 401": { kind: "status", status: 401 },
  "status 403": { kind: "status", status: 403 },
  "status 404": { kind: "status", status: 404 },
  "status 408": { kind: "status", status: 408 },
  "status 425": { kind: "status", status: 425 },
  "status 429": { kind: "status", status: 429 },
  "status 429, retry now": { kind: "status", status: 429, retryAfter: "0" },
  "status 429, retry in 2100": {
    kind: "status",
    status: 429,
    retryAfter: "Fri, 01 Jan 2100 00:00:00 GMT",
  },
  "status 500": { kind: "status", status: 500 },
  "status 500, HTML": { kind: "status", status: 500, html: true },
  "status 502": { kind: "status", status: 502 },
  "status 503": { kind: "status", status: 503 },
  "status 503, retry now": { kind: "status", status: 503, retryAfter: "0" },
  "status 503, retry in 1 h": { kind: "status", status: 503, retryAfter: "3600" },
  "no response": { kind: "hang" },
  "connection reset": { kind: "reset" },
  "lost response": { kind: "lostResponse", how: "hang" },
  "lost response, then reset": { kind: "lostResponse", how: "reset" },
  "body too slow": { kind: "slowBody", delayMs: 500, chunks: 20 },
  "cut body (length)": { kind: "cutBody", framing: "length" },
  "cut body (chunked)": { kind: "cutBody", framing: "chunked" },
  "cut body (close)": { kind: "cutBody", framing: "close" },
  "HTML with status 200": { kind: "html200" },
  "JSON null": { kind: "wrongShape", json: null },
  "JSON without flags": { kind: "wrongShape", json: { hello: 1 } },
  "JSON with null as flags": { kind: "wrongShape", json: { flags: null } },
  "invalid document": { kind: "wrongShape", json: { project: {} } },
  "redirect loop": { kind: "redirectLoop" },
} as const satisfies Readonly<Record<string, Fault>>;

/** Name of a fault. */
export type FaultName = keyof typeof namedFaults;

/** Whether only the client's timeout ends a request with this fault. */
export function needsTimeout(name: FaultName): boolean {
  return ["no response", "lost response", "body too slow"].includes(name);
}
