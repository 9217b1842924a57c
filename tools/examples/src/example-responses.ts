import { deepStrictEqual } from "node:assert/strict";
import { withLimit } from "../../contract/src/contract.ts";

/** Upper bound against an example that hangs, in milliseconds. Slow machines stay far below it. */
export const limitMs = 180_000;

/** Response of an example that listens. */
export interface ItemsResponse {
  readonly darkMode: boolean;
  readonly maxItems: unknown;
}

/** Responses of every example. The recorded environment overrides one flag for alice. */
const expected: readonly { readonly user: string; readonly response: ItemsResponse }[] = [
  { user: "alice", response: { darkMode: true, maxItems: 99 } },
  { user: "somebody", response: { darkMode: true, maxItems: 25 } },
];

/** Fetches the flags of each user from an example. @throws AssertionError if one differs from the recorded environment */
export async function assertResponses(fetchText: (user: string) => Promise<string>): Promise<void> {
  for (const { user, response } of expected) {
    const text = await withLimit(() => fetchText(user), limitMs);
    deepStrictEqual(parse(text), response, `the flags of ${user}: ${text}`);
  }
}

/** Returns the path of a user's flags in an example that listens. */
export function createItemsPath(user: string): string {
  return `/items?user=${user}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
