import type { ApiRequest, ApiResponse } from "@flagsmith-isomorphic/testing";
import { listObjects } from "../document-parts.ts";

/** Something that a client did. */
export interface ClientActivity {
  readonly event: "evaluation" | "document" | "stream" | "refused";
  /** One line. */
  readonly message: string;
}

/** Flags on a line. */
const maxFlags = 12;

type Json = Readonly<Record<string, unknown>>;

/** Describes a request to the API. `undefined` for one that says nothing about flags. */
export function describeRequest(
  request: ApiRequest,
  response: ApiResponse,
): ClientActivity | undefined {
  const { method, path } = request;
  if (method === "OPTIONS") return undefined;
  if (response.status >= 400) {
    return { event: "refused", message: `${method} ${path} was refused with ${response.status}` };
  }
  if (path.endsWith("/identities/")) return describeIdentity(request, response);
  if (path.endsWith("/analytics/flags/")) return describeReport(request);
  if (path.endsWith("/environment-document/")) {
    return { event: "document", message: "local  a client loaded the environment document" };
  }
  if (path.endsWith("/flags/")) {
    return {
      event: "evaluation",
      message: `remote  environment  ${describeFlags(parseBody(response.body))}`,
    };
  }
  if (path.startsWith("/sse/")) {
    return { event: "stream", message: "realtime  a client listens to changes" };
  }
  return undefined;
}

function describeIdentity(request: ApiRequest, response: ApiResponse): ClientActivity {
  const query = new URLSearchParams(request.search);
  const body = parseBody(request.body) as Json | undefined;
  const identifier = body?.["identifier"] ?? query.get("identifier") ?? "";
  const traits = listObjects(body?.["traits"]).map(
    (trait) => ` ${trait["trait_key"]}=${JSON.stringify(trait["trait_value"])}`,
  );
  const subject = identifier === "" ? "anonymous" : `identity ${JSON.stringify(identifier)}`;
  const flags = describeFlags((parseBody(response.body) as Json | undefined)?.["flags"]);
  return { event: "evaluation", message: `remote  ${subject}${traits.join("")}  ${flags}` };
}

/** Counts of a client that evaluates locally or remotely. */
function describeReport(request: ApiRequest): ClientActivity {
  const body = (parseBody(request.body) ?? {}) as Json;
  const { evaluations } = body;
  const counts = Array.isArray(evaluations)
    ? listObjects(evaluations).map(({ feature_name: name, count }) => `${name} ×${count}`)
    : Object.entries(body).map(([name, count]) => `${name} ×${count}`);
  return { event: "evaluation", message: `counted  ${counts.join(", ")}` };
}

function describeFlags(flags: unknown): string {
  const list = (Array.isArray(flags) ? flags : []) as readonly {
    readonly feature?: { readonly name?: string };
    readonly enabled?: boolean;
    readonly feature_state_value?: unknown;
  }[];
  const texts = list.map(({ feature, enabled, feature_state_value: value }) => {
    const state = value === null || value === "" ? "on" : JSON.stringify(value);
    return `${feature?.name}=${enabled ? state : "off"}`;
  });
  const rest = texts.length - maxFlags;
  return [...texts.slice(0, maxFlags), ...(rest > 0 ? [`and ${rest} more`] : [])].join(" ");
}

/** Parses the JSON of a body. `undefined` for any other text. */
export function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
