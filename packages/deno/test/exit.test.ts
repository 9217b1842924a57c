import { afterEach, expect, it, vi } from "vitest";
import { denoPlatform } from "../src/deno-platform.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Stubs the global events of a Deno process. */
function stubEvents() {
  const target = new EventTarget();
  const added: string[] = [];
  vi.stubGlobal("addEventListener", (type: string, listener: (event: Event) => void) => {
    added.push(type);
    target.addEventListener(type, listener);
  });
  vi.stubGlobal("removeEventListener", target.removeEventListener.bind(target));
  return { target, added };
}

it("runs tasks once before Deno exits, and keeps it alive for their work", () => {
  const { target, added } = stubEvents();
  let runs = 0;
  for (let count = 0; count < 20; count++) denoPlatform.onExit?.(() => void runs++);
  expect(added).toEqual(["beforeunload"]);
  const events = [1, 2].map(() => new Event("beforeunload", { cancelable: true }));
  for (const event of events) target.dispatchEvent(event);
  expect(runs).toBe(20);
  // No task is left for the second event, so that Deno may exit.
  expect(events.map(({ defaultPrevented }) => defaultPrevented)).toEqual([true, false]);
});

it("lets Deno exit when all tasks are cancelled", () => {
  const { target } = stubEvents();
  denoPlatform.onExit?.(() => expect.unreachable())();
  const event = new Event("beforeunload", { cancelable: true });
  target.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(false);
});

it("does without the event where there is none, as on Node.js", () => {
  expect(globalThis.addEventListener).toBeUndefined();
  const cancel = denoPlatform.onExit?.(() => expect.unreachable());
  expect(cancel).not.toThrow();
});
