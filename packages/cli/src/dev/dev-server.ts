import {
  type ApiRequest,
  type ApiResponse,
  createFlagsmithApi,
  type FlagsmithApi,
  type StreamSink,
  type WireDocument,
} from "@flagsmith-isomorphic/testing";
import { listParts } from "../document-parts.ts";
import { loopbackHosts } from "../settings.ts";
import { type ClientActivity, describeRequest, parseBody } from "./evaluation-log.ts";
import { type Override, Overrides, type OverrideValue, parseOverrideValue } from "./overrides.ts";
import { pageCss, pageHtml, pageJs } from "./page.ts";

/** The server-side key of the API. Clients may use any key. */
const serverKey = "ser.dev-server";

/** The API of a document with overrides, the page to change them, and its live updates. */
export class DevServer {
  readonly #api: FlagsmithApi;
  readonly #overrides = new Overrides();
  readonly #onActivity: (activity: ClientActivity) => void;
  readonly #pages = new Set<StreamSink>();
  #document: WireDocument;

  /** @param onActivity - called for each request about flags. Must not throw. */
  constructor(document: WireDocument, onActivity: (activity: ClientActivity) => void) {
    this.#document = keepWellFormed(document);
    this.#onActivity = onActivity;
    this.#api = createFlagsmithApi({
      document: this.#document,
      environmentKey: serverKey,
      realtime: true,
      events: true,
    });
  }

  /** Replaces the document, and keeps the overrides. @throws TypeError for an invalid document */
  setDocument(document: WireDocument): void {
    const served = keepWellFormed(document);
    this.#api.setDocument(this.#overrides.apply(served));
    this.#document = served;
    this.#sendToPages("flags", {});
  }

  /** Adds an override. Returns whether the feature exists. */
  override(feature: string, change: Override, identifier?: string): boolean {
    if (!this.#document.feature_states.some((state) => state.feature.name === feature))
      return false;
    this.#overrides.set(feature, change, identifier);
    this.setDocument(this.#document);
    return true;
  }

  /** Prints a line on the pages. */
  announce(text: string): void {
    this.#sendToPages("activity", { text });
  }

  /** Answers a request of a client or of the page. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    const { host = "", origin } = request.headers;
    // Another name is that of a page that wants to reach the server through a browser.
    if (!loopbackHosts.includes(host.replace(/:\d+$/, ""))) {
      return json(403, {
        detail: "The dev server answers requests to 127.0.0.1 and localhost only.",
      });
    }
    // A page has no server-side key. Here it needs none, and the document has the identifiers of identities. The API
    // has it at other paths, too: below `/moved/`, and without the slash.
    if (origin !== undefined && request.path.includes("/environment-document")) {
      return json(403, { detail: "Pages cannot load the environment document." });
    }
    const own = this.#handleOwn(request);
    if (own !== undefined) return own;
    const response = await this.#api.handle(acceptKey(request, this.#document.api_key));
    // Otherwise they are kept.
    this.#api.clearRequests();
    this.#api.clearReports();
    const activity = describeRequest(request, response);
    if (activity !== undefined) this.#onActivity(activity);
    return response;
  }

  #handleOwn(request: ApiRequest): ApiResponse | undefined {
    const { method, path } = request;
    // Tools that wait for a server send HEAD.
    if (method === "GET" || method === "HEAD") {
      if (path === "/") return file("text/html", pageHtml);
      if (path === "/page.css") return file("text/css", pageCss);
      if (path === "/page.js") return file("text/javascript", pageJs);
      if (path === "/overrides") return json(200, this.#list());
    }
    if (path !== "/changes" && !path.startsWith("/overrides/")) return undefined;
    const { origin } = request.headers;
    if (origin !== undefined && origin !== `http://${request.headers["host"]}`) {
      return json(403, { detail: "Only the page of the dev server may change flags." });
    }
    if (path === "/changes") return this.#openPage();
    return this.#changeOverride(request);
  }

  #changeOverride({ method, path, search, body }: ApiRequest): ApiResponse {
    const feature = decodeName(path.slice("/overrides/".length));
    const identifier = new URLSearchParams(search).get("identity") ?? undefined;
    if (method === "DELETE") {
      this.#overrides.delete(feature, identifier);
      this.setDocument(this.#document);
      return json(200, this.#list());
    }
    if (method !== "PATCH") return json(405, { detail: "Use PATCH or DELETE." });
    const change = parseChange(body);
    if (change === undefined) {
      const detail =
        "Send a JSON object with enabled (true or false), value (text, number, boolean or null), or both.";
      return json(400, { detail });
    }
    if (this.override(feature, change, identifier)) return json(200, this.#list());
    return json(404, { detail: `There is no feature ${JSON.stringify(feature)}.` });
  }

  #list() {
    return { features: this.#overrides.list(this.#document) };
  }

  #openPage(): ApiResponse {
    return {
      ...file("text/event-stream", ""),
      stream: (sink) => {
        this.#pages.add(sink);
        sink.send(encode(": open\n\n"));
        return () => {
          this.#pages.delete(sink);
        };
      },
    };
  }

  #sendToPages(event: string, data: object): void {
    const message = encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    for (const sink of this.#pages) sink.send(message);
  }
}

/** Leaves out the parts that the engine ignores, because the API cannot serve them. */
function keepWellFormed(document: WireDocument): WireDocument {
  const { features, segments, identities } = listParts(document);
  return {
    ...document,
    feature_states: features,
    project: { ...document.project, segments },
    identity_overrides: identities,
  };
}

/** Replaces the key, so that an application needs no other key than usual. */
function acceptKey(request: ApiRequest, clientKey: string): ApiRequest {
  const key = request.headers["x-environment-key"];
  const path = request.path.replace(
    /^\/sse\/environments\/[^/]+\//,
    `/sse/environments/${clientKey}/`,
  );
  if (key === undefined) return { ...request, path };
  const accepted = key.startsWith("ser.") ? serverKey : clientKey;
  return { ...request, path, headers: { ...request.headers, "x-environment-key": accepted } };
}

/** The page sends the text of a value. Scripts send a value with its type. */
function parseChange(body: Uint8Array): Override | undefined {
  const change = parseBody(body);
  if (typeof change !== "object" || change === null || Array.isArray(change)) return undefined;
  const { enabled, value, text, ...others } = change as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0) return undefined;
  if (enabled !== undefined && typeof enabled !== "boolean") return undefined;
  if (text !== undefined && typeof text !== "string") return undefined;
  const sent = text ?? (typeof value === "number" ? String(value) : undefined);
  const chosen = sent === undefined ? value : sent === "" ? null : parseOverrideValue(sent);
  if (!isOverrideValue(chosen)) return undefined;
  if (enabled === undefined && chosen === undefined) return undefined;
  return {
    ...(enabled !== undefined && { enabled }),
    ...(chosen !== undefined && { value: chosen }),
  };
}

function isOverrideValue(value: unknown): value is OverrideValue | undefined {
  return value === null || ["undefined", "string", "number", "boolean"].includes(typeof value);
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function json(status: number, value: unknown): ApiResponse {
  return { ...file("application/json", JSON.stringify(value)), status };
}

function file(type: string, text: string): ApiResponse {
  const headers = {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'",
  };
  return { status: 200, headers, body: encode(text), delivery: { kind: "whole" } };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
