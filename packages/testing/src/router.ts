import { acceptedType, type KnownKeys, keyKind, missingKey } from "./access.ts";
import { errorPage, html, isJson, json, type Reply } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import type { WireDocument } from "./environment-document.ts";
import { locationOf, nextOfLoop, servedPath } from "./redirects.ts";
import { preflight } from "./response-headers.ts";
import type { Route } from "./routes/route.ts";

const notFound = errorPage(
  404,
  "Not Found",
  "The requested resource was not found on this server.",
);

/** What the router chooses from and whom it lets in. */
export interface RouterOptions {
  readonly routes: readonly Route[];
  readonly keys: KnownKeys;
  readonly document: WireDocument;
}

/** Finds the endpoint and asks it, after the checks the server makes before, in its order. */
export async function routedReply(request: ApiRequest, options: RouterOptions): Promise<Reply> {
  const next = nextOfLoop(request);
  if (next !== undefined) return next;
  const path = servedPath(request.path, options.routes);
  const route = options.routes.find((candidate) => candidate.path === path);
  if (route !== undefined) return routeReply(route, request, options);
  const slashed = options.routes.some((candidate) => candidate.path === `${path}/`);
  if (!slashed) return notFound;
  const location = locationOf(`${request.path}/`, request.search);
  return { ...html(301, ""), headers: { location } };
}

async function routeReply(
  route: Route,
  request: ApiRequest,
  options: RouterOptions,
): Promise<Reply> {
  if (request.method === "OPTIONS") return preflight;
  const allow = [...route.methods, "OPTIONS"].join(", ");
  const refuse = (refusal: Reply) => withHeaders(refusal, { allow, vary: route.vary.refusals });

  const type = acceptedType(request.headers["accept"], route.offersHtml);
  if (type === undefined) {
    return refuse(json(406, { detail: "Could not satisfy the request Accept header." }));
  }
  const key = request.headers["x-environment-key"];
  if (route.serverKeyOnly && key?.startsWith("ser.") !== true) return refuse(missingKey);
  const kind = keyKind(key, options.document.api_key, options.keys);
  if (typeof kind === "object") return refuse(kind);
  if (!route.methods.includes(request.method)) {
    return refuse(json(405, { detail: `Method "${request.method}" not allowed.` }));
  }

  const query = new URLSearchParams(request.search);
  const { document } = options;
  const answer = await route.handle({ request, query, document, keyKind: kind });
  if (answer.status === 500) return answer;
  const decorated = withHeaders(answer, { allow, vary: route.vary.answers });
  return type === "html" && isJson(answer) ? asPage(decorated) : decorated;
}

function withHeaders(answer: Reply, headers: Readonly<Record<string, string>>): Reply {
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

/** The page a browser gets in place of JSON. */
function asPage(answer: Reply): Reply {
  const text = (answer.text ?? "").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const page = html(
    answer.status,
    `<!doctype html>\n<html><body><pre>${text}</pre></body></html>\n`,
  );
  return { ...page, headers: { ...answer.headers, vary: "Accept, Cookie, Origin" } };
}
