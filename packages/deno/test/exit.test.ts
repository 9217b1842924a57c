import { afterEach, expect, it, vi } from "vitest";
import { denoPlatform } from "../src/deno-platform.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The events of a Deno process. */
function fakeEvents() {
  const target = new EventTarget();
  const added: string[] = [];
  vi.stubGlobal("addEventListener", (type: string, listener: (event: Event) => void) => {
    added.push(type);
    target.addEventListener(type, listener);
  });
  vi.stubGlobal("removeEventListener", target.removeEventListener.bind(target));
  return { target, added };
}

it("runs tasks once when Deno has nothing more to do, and has it wait for what they begin", () => {
  const { target, added } = fakeEvents();
  let runs = 0;
  for (let count = 0; count < 20; count++) denoPlatform.onExit?.(() => void runs++);
  expect(added).toEqual(["beforeunload"]);
  const ends = [1, 2].map(() => new Event("beforeunload", { cancelable: true }));
  for (const end of ends) target.dispatchEvent(end);
  expect(runs).toBe(20);
  // The second time nothing is left, and Deno may end.
  expect(ends.map(({ defaultPrevented }) => defaultPrevented)).toEqual([true, false]);
});

it("lets Deno end at once when every task was cancelled", () => {
  const { target } = fakeEvents();
  denoPlatform.onExit?.(() => expect.unreachable())();
  const end = new Event("beforeunload", { cancelable: true });
  target.dispatchEvent(end);
  expect(end.defaultPrevented).toBe(false);
});
