import { parseJson } from "../platform/json.ts";
import type { FetchResponse } from "../platform/platform.ts";

/** Longer reasons are cut, because they end up in log lines. */
const maxReasonLength = 200;

/** Members of error responses that contain a message: Django REST framework, FastAPI and common gateways. */
const messageMembers = ["detail", "error", "message", "msg", "non_field_errors"];

/**
 * Reads the reason from the JSON of an error response: its message, or the messages of its fields.
 *
 * Returns `undefined` for other texts, such as the HTML page of a proxy.
 *
 * @param redact - removes secrets, because a reason may quote the request.
 */
export function readErrorReason(
  body: string,
  redact: (text: string) => string,
): string | undefined {
  const response = parseJson(body);
  if (response === undefined) return undefined;
  // Cut before and after, because a long message would take long to redact, and quadratic time to trim.
  const reason = redact(describeMember(response, 0).slice(0, 1000))
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (reason.length > maxReasonLength) return `${reason.slice(0, maxReasonLength - 1)}…`;
  return reason.replace(/[. ]+$/, "") || undefined;
}

/** Deeper members are ignored. */
const maxDepth = 4;

function describeMember(member: unknown, depth: number): string {
  if (typeof member === "string") return member;
  if (depth > maxDepth) return "";
  const describe = (value: unknown) => describeMember(value, depth + 1);
  if (Array.isArray(member)) return joinTexts(member.map(describe));
  const texts = Object.entries(Object(member)).map(
    ([name, value]) => [name, describe(value)] as const,
  );
  const message = texts.find(([name, text]) => messageMembers.includes(name) && text);
  if (message) return message[1];
  return joinTexts(texts.map(([name, text]) => text && `${name}: ${text}`));
}

function joinTexts(texts: readonly string[]): string {
  return texts.filter(Boolean).join(", ");
}

/** Reads the content type without its parameters and secrets. Returns `undefined` if it is missing or malformed. */
export function readContentType(
  headers: FetchResponse["headers"],
  redact: (text: string) => string,
): string | undefined {
  const type = headers.get("content-type");
  // Redacted first, because a part of a secret is not recognized.
  return type ? /^[\w.+/[\]-]{1,60}/.exec(redact(type))?.[0] : undefined;
}
