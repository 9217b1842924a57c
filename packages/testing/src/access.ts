import { json, type Reply } from "./answer.ts";
import type { KeyKind } from "./wire-flag.ts";

/** The keys the API knows besides the document's own client-side key. */
export interface KnownKeys {
  readonly environmentKey: string;
  readonly extraKeys: readonly string[];
}

/** Who a key belongs to, or the refusal the server sends. Its wording differs by case; so does ours. */
export function keyKind(
  key: string | undefined,
  clientKey: string,
  known: KnownKeys,
): KeyKind | Reply {
  if (key === undefined || key === "") return missingKey;
  if (key === clientKey) return "client";
  if (key === known.environmentKey || known.extraKeys.includes(key)) {
    return key.startsWith("ser.") ? "server" : "client";
  }
  return json(403, { detail: "Invalid or missing Environment Key" });
}

/** The refusal of a request without a key, or with one that cannot be right. */
export const missingKey: Reply = json(403, { detail: "Invalid or missing Environment key" });

/**
 * The kind of body an `Accept` header gets, or `undefined` when none will do. The more exact range
 * wins, whatever its weight: that is how the server's framework chooses.
 */
export function acceptedType(
  accept: string | undefined,
  offersHtml: boolean,
): "json" | "html" | undefined {
  if (accept === undefined || accept.trim() === "") return "json";
  const ranges = accept.split(",").map((range) => (range.split(";")[0] ?? "").trim().toLowerCase());
  const offers = [
    { type: "json", ranges: ["application/json", "application/*", "*/*"] },
    ...(offersHtml ? [{ type: "html", ranges: ["text/html", "text/*", "*/*"] } as const] : []),
  ] as const;
  for (const exactness of [0, 1, 2]) {
    const offer = offers.find(({ ranges: own }) => ranges.includes(own[exactness] ?? ""));
    if (offer !== undefined) return offer.type;
  }
  return undefined;
}
