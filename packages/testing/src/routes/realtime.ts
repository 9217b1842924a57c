import { json, type Reply } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { WireDocument } from "../environment-document.ts";
import type { StreamSource } from "../event-streams.ts";
import { servedPath } from "../redirects.ts";

const streamPath = /^\/sse\/environments\/([^/]+)\/stream$/;

/** What the realtime service needs to answer. */
export interface RealtimeOptions {
  readonly document: WireDocument;
  readonly open: StreamSource;
}

/**
 * `GET /sse/environments/{api_key}/stream`: the hosted service's change notices; a self-hosted API
 * has none. The key in the path is the document's own, and no header is asked for. `undefined` for
 * any other path.
 */
export function realtimeReply(
  request: ApiRequest,
  { document, open }: RealtimeOptions,
): Reply | undefined {
  const [, key] = streamPath.exec(servedPath(request.path, [])) ?? [];
  if (key === undefined) return undefined;
  if (request.method !== "GET") {
    const detail = `Method "${request.method}" not allowed.`;
    return json(405, { detail }, { allow: "GET" });
  }
  if (decoded(key) !== document.api_key) return json(404, { detail: "Not found." });
  return { status: 200, contentType: "text/event-stream; charset=utf-8", stream: open };
}

/** The change notice as it is sent; `updatedAt` is a number as JSON has it. */
export function changeNotice(updatedAt: string): string {
  return `data: {"updated_at": ${updatedAt}}\n\n`;
}

/** An ill-formed escape is no key of anybody. */
function decoded(key: string): string | undefined {
  try {
    return decodeURIComponent(key);
  } catch {
    return undefined;
  }
}
