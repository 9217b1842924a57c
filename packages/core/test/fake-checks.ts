import { afterEach, beforeEach, expect, vi } from "vitest";
import { FlagsmithClientError } from "../src/errors.ts";
import { settle } from "./fake-clock.ts";

/** The {@link FlagsmithClientError} of a promise or a function. Anything else fails the test. */
export async function catchError(work: Promise<unknown> | (() => unknown)) {
  const error = await (async () => (typeof work === "function" ? work() : work))().then(
    () => expect.unreachable("It should have failed."),
    (reason: unknown) => reason,
  );
  if (!(error instanceof FlagsmithClientError)) throw error;
  return error;
}

/** Fails each test of a file that causes an unhandled rejection. */
export function allowNoUnhandledRejection(): void {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    await settle();
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
}

/** Replaces random numbers in each test of a file. With the default of 0.5, jitter has no effect. */
export function fixedRandom(initial = 0.5): { value: number } {
  const random = { value: initial };
  beforeEach(() => {
    random.value = initial;
    vi.spyOn(Math, "random").mockImplementation(() => random.value);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return random;
}

/** A signal that counts its listeners. */
export function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  let added = 0;
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => {
      added++;
      listeners.add(args[1]);
      add(...args);
    },
    removeEventListener: (...args: Parameters<typeof remove>) => {
      if (args[0] === "abort") listeners.delete(args[1]);
      remove(...args);
    },
  });
  return { controller, signal, listeners, added: () => added };
}
