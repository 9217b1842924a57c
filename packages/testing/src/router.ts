import type { ApiRequest } from "./api-request.ts";
import {
  errorPage,
  json,
  preflightResponse,
  type RouteResponse,
  toBrowsablePage,
} from "./api-response.ts";
import { continueRedirectLoop, createLocation, redirectTo, resolveMovedPath } from "./redirects.ts";
import type { WireDocument } from "./wire-document.ts";

/** Client-side keys do not see server-key-only features. */
export type KeyKind = "client" | "server";

/** A request whose key, method and `Accept` header have been checked. */
export interface RouteRequest {
  readonly request: ApiRequest;
  readonly query: URLSearchParams;
  readonly document: WireDocument;
  readonly keyKind: KeyKind;
}

/** An endpoint. */
export interface Route {
  readonly path: string;
  /** As in the `Allow` header, without OPTIONS. */
  readonly methods: readonly string[];
  /** The `Vary` header of the route's own responses, if it is not that of refusals. */
  readonly vary?: string;
  /** Whether browsers get an HTML page. */
  readonly offersHtml: boolean;
  /** Whether client-side keys are refused like a missing key. */
  readonly isServerKeyOnly?: boolean;
  handle(request: RouteRequest): RouteResponse | Promise<RouteResponse>;
}

const missingKey = json(403, { detail: "Invalid or missing Environment key" });
// The real server spells the two refusals differently.
const unknownKey = json(403, { detail: "Invalid or missing Environment Key" });
const notFound = errorPage(
  404,
  "Not Found",
  "The requested resource was not found on this server.",
);

/** Finds the route of a request and calls it after the server's checks, in the server's order. */
export class Router {
  readonly #routes: readonly Route[];
  readonly #keys: readonly string[];

  /** @param keys - accepted keys besides the document's client-side key */
  constructor(routes: readonly Route[], keys: readonly string[]) {
    this.#routes = routes;
    this.#keys = keys;
  }

  async handle(request: ApiRequest, document: WireDocument): Promise<RouteResponse> {
    const redirect = continueRedirectLoop(request);
    if (redirect !== undefined) return redirect;
    const path = resolveMovedPath(request.path, this.#routes);
    const route = this.#routes.find((candidate) => candidate.path === path);
    if (route !== undefined) return this.#call(route, request, document);
    if (!this.#routes.some((candidate) => candidate.path === `${path}/`)) return notFound;
    return redirectTo(createLocation(`${request.path}/`, request.search), 301);
  }

  async #call(route: Route, request: ApiRequest, document: WireDocument): Promise<RouteResponse> {
    if (request.method === "OPTIONS") return preflightResponse;
    const allow = [...route.methods, "OPTIONS"].join(", ");
    const vary = route.offersHtml ? "Accept, Origin" : "Origin";
    const refuse = (refusal: RouteResponse) => addHeaders(refusal, { allow, vary });

    const type = negotiateType(request.headers["accept"], route.offersHtml);
    if (type === undefined) {
      return refuse(json(406, { detail: "Could not satisfy the request Accept header." }));
    }
    const key = request.headers["x-environment-key"] ?? "";
    const isServerKey = key.startsWith("ser.");
    if (key === "" || (route.isServerKeyOnly && !isServerKey)) return refuse(missingKey);
    if (key !== document.api_key && !this.#keys.includes(key)) return refuse(unknownKey);
    if (!route.methods.includes(request.method)) {
      return refuse(json(405, { detail: `Method "${request.method}" not allowed.` }));
    }

    const query = new URLSearchParams(request.search);
    const keyKind = isServerKey && key !== document.api_key ? "server" : "client";
    const response = await route.handle({ request, query, document, keyKind });
    if (response.status === 500) return response;
    const complete = addHeaders(response, { allow, vary: route.vary ?? vary });
    return type === "html" ? toBrowsablePage(complete) : complete;
  }
}

/**
 * Chooses the content type for an `Accept` header, or `undefined` if none is acceptable. The more specific
 * range wins regardless of its weight, as in the server's web framework.
 */
function negotiateType(
  accept: string | undefined,
  offersHtml: boolean,
): "json" | "html" | undefined {
  if (accept === undefined || accept.trim() === "") return "json";
  const ranges = accept.split(",").map((range) => (range.split(";")[0] ?? "").trim().toLowerCase());
  const offers = [
    { type: "json", ranges: ["application/json", "application/*", "*/*"] },
    ...(offersHtml ? [{ type: "html", ranges: ["text/html", "text/*", "*/*"] } as const] : []),
  ] as const;
  for (const generality of [0, 1, 2]) {
    const offer = offers.find((candidate) => ranges.includes(candidate.ranges[generality] ?? ""));
    if (offer !== undefined) return offer.type;
  }
  return undefined;
}

function addHeaders(
  response: RouteResponse,
  headers: Readonly<Record<string, string>>,
): RouteResponse {
  return { ...response, headers: { ...headers, ...response.headers } };
}
