import { deepStrictEqual } from "node:assert/strict";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Upper bound against an example that hangs, in milliseconds. Slow machines stay far below it. */
export const limitMs = 180_000;

/** What an example that listens answers. */
export interface ItemsAnswer {
  readonly darkMode: boolean;
  readonly maxItems: unknown;
}

/** What every example answers for whom: the recorded environment overrides one flag for alice. */
const answers: readonly { readonly user: string; readonly answer: ItemsAnswer }[] = [
  { user: "alice", answer: { darkMode: true, maxItems: 99 } },
  { user: "somebody", answer: { darkMode: true, maxItems: 25 } },
];

/** Asks an example for each user, and throws unless the answers are the recorded environment's. */
export async function assertAnswers(ask: (user: string) => Promise<string>): Promise<void> {
  for (const { user, answer } of answers) {
    const text = await Promise.race([ask(user), tooLate(user)]);
    deepStrictEqual(parse(text), answer, `the flags of ${user}: ${text}`);
  }
}

/** The path by which an example that listens is asked for a user's flags. */
export function pathFor(user: string): string {
  return `/items?user=${user}`;
}

/** The folder of an example. */
export function exampleFolder(name: string): string {
  return resolve(import.meta.dirname, "../../../../examples", name);
}

async function tooLate(user: string): Promise<never> {
  await wait(limitMs, undefined, { ref: false });
  throw new Error(`No answer for ${user} after ${limitMs} ms.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
