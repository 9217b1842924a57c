import type { Exchange } from "recordings/exchanges";

/** Formats the body of a recorded response as it was sent. */
export function formatBody({ body, headers }: Exchange["response"]): string {
  const isJson = headers["content-type"]?.startsWith("application/json");
  if (isJson) return JSON.stringify(body);
  return typeof body === "object" && body !== null && "text" in body ? String(body.text) : "";
}

/** Returns the headers of a recorded response without its length, because JSON is formatted again. */
export function getHeaders({ headers }: Exchange["response"]): Record<string, string> {
  const { "content-length": _length, ...others } = headers;
  return others;
}
