import { empty, formatHttpDate, json } from "../api-response.ts";
import type { Route } from "../router.ts";
import type { ServedEnvironment } from "../served-environment.ts";

/** Part of the route's path that identifies requests for the document, redirected ones included. */
export const environmentDocumentPath = "/environment-document";

/**
 * Creates `GET environment-document/`: the whole environment, for server-side keys. Each page is the whole
 * document with some of its identity overrides.
 *
 * @param pageSize - identity overrides per page; `undefined` serves one page
 */
export function createEnvironmentDocumentRoute(
  environment: ServedEnvironment,
  pageSize: number | undefined,
): Route {
  return {
    path: `/api/v1${environmentDocumentPath}/`,
    methods: ["GET", "HEAD"],
    offersHtml: true,
    isServerKeyOnly: true,
    handle({ request, query, document }) {
      const date = environment.readHeaderDate();
      const lastModified = { "last-modified": formatHttpDate(date.seconds * 1000) };
      const unmodifiedSince = parseHttpSeconds(request.headers["if-unmodified-since"]);
      if (unmodifiedSince !== undefined && unmodifiedSince < date.seconds) {
        return { ...empty(412, lastModified), contentType: "text/html; charset=utf-8" };
      }
      const modifiedSince = parseHttpSeconds(request.headers["if-modified-since"]);
      if (modifiedSince !== undefined && modifiedSince >= date.seconds) {
        return empty(304, lastModified);
      }
      const headers = { ...lastModified, "x-flagsmith-document-updated-at": date.text };
      if (pageSize === undefined) return json(200, document, headers);
      const overrides = document.identity_overrides ?? [];
      const start = parsePageId(query.get("page_id"));
      if (start === undefined) return json(400, { detail: "Invalid page_id" });
      const end = start + pageSize;
      const page = { ...document, identity_overrides: overrides.slice(start, end) };
      if (end >= overrides.length) return json(200, page, headers);
      const next = `${request.path}?page_id=${encodeURIComponent(`overrides:${end}`)}`;
      return json(200, page, { ...headers, link: `<${next}>; rel="next"` });
    },
  };
}

/** Returns the index of the page's first identity override. */
function parsePageId(id: string | null): number | undefined {
  if (id === null) return 0;
  const start = /^overrides:(\d+)$/.exec(id)?.[1];
  return start === undefined ? undefined : Number(start);
}

/** Parses an HTTP date into whole seconds since the epoch. Returns `undefined` for any other text. */
function parseHttpSeconds(date: string | undefined): number | undefined {
  const isHttpDate = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(date ?? "");
  const milliseconds = isHttpDate ? Date.parse(date ?? "") : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}
