import { expect } from "vitest";

/** Returns the reason of a rejected promise. Fails if the promise resolves. */
export function getRejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("The promise resolved."),
    (reason: unknown) => reason,
  );
}
