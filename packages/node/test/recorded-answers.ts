import type { Exchange } from "recordings/exchanges";

/** The body of an answer as it was sent. */
export function bodyText({ body, headers }: Exchange["response"]): string {
  const isJson = headers["content-type"]?.startsWith("application/json");
  if (isJson) return JSON.stringify(body);
  return typeof body === "object" && body !== null && "text" in body ? String(body.text) : "";
}

/** The headers of an answer, for a body that may be written in another length. */
export function answerHeaders({ headers }: Exchange["response"]): Record<string, string> {
  const { "content-length": _length, ...others } = headers;
  return others;
}
