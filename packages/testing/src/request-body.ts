import { json, type Reply } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import { jsonProblem } from "./json-problem.ts";

/** A body that was understood, or the refusal the server sends. */
export type ParsedBody = { readonly value: unknown } | { readonly refused: Reply };

/** Reads JSON and form bodies as the server does; an empty body is an empty object. */
export async function parseBody(request: ApiRequest): Promise<ParsedBody> {
  if (request.body.length === 0) return { value: {} };
  const type = request.headers["content-type"] ?? "";
  const essence = (type.split(";")[0] ?? "").trim().toLowerCase();
  if (essence === "application/json") return parseJson(request.body);
  if (essence === "application/x-www-form-urlencoded") {
    return { value: Object.fromEntries(new URLSearchParams(textOf(request.body))) };
  }
  if (essence === "multipart/form-data") return parseMultipart(request.body, type);
  return refuse(415, `Unsupported media type "${type}" in request.`);
}

/** The body as text; bytes that are not UTF-8 are replaced. */
export function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

function parseJson(body: Uint8Array): ParsedBody {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return refuse(400, `JSON parse error - ${utf8Problem(body)}`);
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return refuse(400, `JSON parse error - ${jsonProblem(text)}`);
  }
}

async function parseMultipart(body: Uint8Array, type: string): Promise<ParsedBody> {
  try {
    const form = await new Response(body.slice(), { headers: { "content-type": type } }).formData();
    return { value: Object.fromEntries(form) };
  } catch {
    return refuse(400, "Multipart form parse error - Invalid boundary in multipart: None");
  }
}

function refuse(status: number, detail: string): ParsedBody {
  return { refused: json(status, { detail }) };
}

/** Names the first byte that no UTF-8 text can have there. */
function utf8Problem(body: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let end = 1; end <= body.length; end++) {
    try {
      decoder.decode(body.subarray(end - 1, end), { stream: true });
    } catch {
      const byte = body[end - 1] ?? 0;
      const startsNothing =
        byte >= 0xf5 || byte === 0xc0 || byte === 0xc1 || (byte & 0xc0) === 0x80;
      const reason = startsNothing ? "invalid start byte" : "invalid continuation byte";
      return `'utf-8' codec can't decode byte 0x${byte.toString(16)} in position ${end - 1}: ${reason}`;
    }
  }
  return "'utf-8' codec can't decode bytes: unexpected end of data";
}
