import { json, type RouteResponse } from "./api-response.ts";

/** A request to the API, whether it arrives through `fetch` or a socket. */
export interface ApiRequest {
  /** In upper case. */
  readonly method: string;
  /** Scheme, host and port of the URL. */
  readonly origin: string;
  readonly path: string;
  /** The query string with its question mark, or an empty string. */
  readonly search: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Decodes a body as UTF-8. Invalid bytes are replaced by U+FFFD. */
export function decodeBody(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

/**
 * Parses JSON and form bodies as the server does. An empty body is an empty object. The refusal of a
 * body that cannot be parsed has the server's status and shape; its `detail` is shorter.
 */
export async function parseBody(
  request: ApiRequest,
): Promise<{ readonly value: unknown } | { readonly refusal: RouteResponse }> {
  const { body } = request;
  if (body.length === 0) return { value: {} };
  const type = request.headers["content-type"] ?? "";
  switch ((type.split(";")[0] ?? "").trim().toLowerCase()) {
    case "application/json":
      try {
        return { value: parseJsonBody(body) };
      } catch {
        return { refusal: json(400, { detail: "JSON parse error" }) };
      }
    case "application/x-www-form-urlencoded":
      return { value: Object.fromEntries(new URLSearchParams(decodeBody(body))) };
    case "multipart/form-data":
      try {
        const form = new Response(body.slice(), { headers: { "content-type": type } });
        return { value: Object.fromEntries(await form.formData()) };
      } catch {
        return { refusal: json(400, { detail: "Multipart form parse error" }) };
      }
    default:
      return { refusal: json(415, { detail: `Unsupported media type "${type}" in request.` }) };
  }
}

/** Whether a JSON value is an object, and neither an array nor `null`. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The server's error for a value that must be an object. */
export const notAnObject: { readonly non_field_errors: readonly string[] } = {
  non_field_errors: ["Invalid data. Expected a dictionary."],
};

/** @throws for invalid UTF-8 and for invalid JSON, which includes a byte order mark. */
function parseJsonBody(body: Uint8Array): unknown {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
}
