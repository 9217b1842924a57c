import { empty, json, type Reply } from "../answer.ts";
import type { Environment } from "../environment.ts";
import { httpDate } from "../response-headers.ts";
import { type Route, varyAccept } from "./route.ts";

/** `GET environment-document/`: the whole environment, for server-side keys, in pages if wanted. */
export function environmentDocumentRoute(
  environment: Environment,
  pageSize: number | undefined,
): Route {
  return {
    path: "/api/v1/environment-document/",
    methods: ["GET", "HEAD"],
    vary: varyAccept,
    offersHtml: true,
    serverKeyOnly: true,
    handle({ request, query }) {
      const lastModified = { "last-modified": httpDate(environment.updatedAtSeconds * 1000) };
      const unmodifiedSince = secondsOf(request.headers["if-unmodified-since"]);
      if (unmodifiedSince !== undefined && unmodifiedSince < environment.updatedAtSeconds) {
        return { ...empty(412, lastModified), contentType: "text/html; charset=utf-8" };
      }
      const modifiedSince = secondsOf(request.headers["if-modified-since"]);
      if (modifiedSince !== undefined && modifiedSince >= environment.updatedAtSeconds) {
        return empty(304, lastModified);
      }
      const headers = {
        ...lastModified,
        "x-flagsmith-document-updated-at": environment.updatedAtText,
      };
      if (pageSize === undefined) return json(200, environment.document, headers);
      return page(environment, {
        pageSize,
        pageId: query.get("page_id"),
        headers,
        path: request.path,
      });
    },
  };
}

interface PageRequest {
  readonly pageSize: number;
  readonly pageId: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
}

/** Every page is the whole document but for its share of the identity overrides. */
function page(environment: Environment, { pageSize, pageId, headers, path }: PageRequest): Reply {
  const overrides = environment.document.identity_overrides ?? [];
  const start = pageId === null ? 0 : Number(/^overrides:(\d+)$/.exec(pageId)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) return json(400, { detail: "Invalid page_id" });
  const end = start + pageSize;
  const body = { ...environment.document, identity_overrides: overrides.slice(start, end) };
  if (end >= overrides.length) return json(200, body, headers);
  const next = `${path}?page_id=${encodeURIComponent(`overrides:${end}`)}`;
  return json(200, body, { ...headers, link: `<${next}>; rel="next"` });
}

/** Whole seconds since the epoch; `undefined` for anything but an HTTP date. */
function secondsOf(date: string | undefined): number | undefined {
  const isHttpDate = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(date ?? "");
  const milliseconds = isHttpDate ? Date.parse(date ?? "") : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}
