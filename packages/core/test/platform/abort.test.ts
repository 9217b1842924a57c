import { expect, it, vi } from "vitest";
import { onAbort } from "../../src/platform/abort.ts";
import { apiFlag, client, countedSignal, fakePlatform, json, settle } from "../fake-platform.ts";

it("all tasks of a signal share one listener, which the last one removes", () => {
  const { controller, signal, listeners, added } = countedSignal();
  const called: number[] = [];
  const cancels = Array.from({ length: 50 }, (_, index) =>
    onAbort(signal, () => void called.push(index)),
  );
  expect(added()).toBe(1);
  for (const cancel of cancels) cancel();
  expect(listeners.size).toBe(0);
  controller.abort();
  expect(called).toEqual([]);
});

it("an abort calls the tasks that were not cancelled, in their order", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const cancelFirst = onAbort(controller.signal, () => void called.push("first"));
  onAbort(controller.signal, () => void called.push("second"));
  const cancelThird = onAbort(controller.signal, () => void called.push("third"));
  onAbort(controller.signal, () => void called.push("fourth"));
  cancelFirst();
  cancelFirst();
  cancelThird();
  controller.abort();
  controller.abort();
  expect(called).toEqual(["second", "fourth"]);
});

it("an abort removes the listener, also if no task is cancelled", () => {
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, "addEventListener");
  onAbort(signal, () => undefined);
  expect(add.mock.calls).toEqual([["abort", expect.any(Function), { once: true }]]);
});

it("a task that cancels another one prevents its call", () => {
  const controller = new AbortController();
  const called: string[] = [];
  let cancelSecond = () => {};
  onAbort(controller.signal, () => {
    called.push("first");
    cancelSecond();
  });
  cancelSecond = onAbort(controller.signal, () => void called.push("second"));
  controller.abort();
  expect(called).toEqual(["first"]);
});

it("a signal can be used again after its listener was removed", () => {
  const controller = new AbortController();
  let calls = 0;
  const cancel = onAbort(controller.signal, () => void calls++);
  cancel();
  onAbort(controller.signal, () => void calls++);
  cancel();
  onAbort(controller.signal, () => void calls++);
  controller.abort();
  expect(calls).toBe(2);
});

it("does nothing without a signal", () => {
  expect(() => onAbort(undefined, () => expect.unreachable())()).not.toThrow();
});

it("30 concurrent calls with one signal add one listener", async () => {
  let respond = () => {};
  const opened = new Promise<void>((resolve) => {
    respond = resolve;
  });
  const platform = fakePlatform(() => opened.then(() => json([apiFlag("banner")])));
  const { signal, listeners, added } = countedSignal();
  const flagsmith = client(platform);
  const calls = Array.from({ length: 30 }, () => flagsmith.getEnvironmentFlags({ signal }));
  await settle();
  expect(platform.requests).toHaveLength(30);
  expect(listeners.size).toBe(1);
  respond();
  await Promise.all(calls);
  expect(added()).toBe(1);
  expect(listeners.size).toBe(0);
});
