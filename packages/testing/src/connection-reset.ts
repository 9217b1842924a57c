/** What `fetch` rejects with on Node when the connection is reset: before the head, or after it. */
export function connectionReset(message: "fetch failed" | "terminated"): TypeError {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return new TypeError(message, { cause });
}
