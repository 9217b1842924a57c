import { expect, it } from "vitest";
import { timersOf } from "../../src/ports/platform.ts";
import { countedSignal, settle } from "../fake-platform.ts";

/** The timer functions of a runtime, cranked by hand. */
function timerHost() {
  const tasks = new Map<number, { readonly task: () => void; readonly ms: number }>();
  let made = 0;
  return {
    tasks,
    fire: () => {
      for (const [id, { task }] of tasks) {
        tasks.delete(id);
        task();
      }
    },
    host: {
      setTimeout: (task: () => void, ms: number) => {
        tasks.set(++made, { task, ms });
        return made;
      },
      clearTimeout: (id: number) => void tasks.delete(id),
    },
  };
}

function followed(promise: Promise<void>) {
  const state = { result: "pending" as unknown };
  promise.then(
    () => {
      state.result = "resolved";
    },
    (reason) => {
      state.result = reason;
    },
  );
  return state;
}

it("tells the time in milliseconds since the epoch", () => {
  const before = Date.now();
  const now = timersOf(timerHost().host).now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

it("sleeps until its timer fires, and leaves no listener behind", async () => {
  const { host, tasks, fire } = timerHost();
  const { signal, listeners, added } = countedSignal();
  const sleep = followed(timersOf(host).sleep(250, signal));
  await settle();
  expect(sleep.result).toBe("pending");
  expect([...tasks.values()].map(({ ms }) => ms)).toEqual([250]);
  fire();
  await settle();
  expect(sleep.result).toBe("resolved");
  expect(added()).toBe(1);
  expect(listeners.size).toBe(0);
});

it("rejects with the signal's reason as soon as it aborts, and clears its timer", async () => {
  const { host, tasks } = timerHost();
  const controller = new AbortController();
  const sleep = followed(timersOf(host).sleep(250, controller.signal));
  const reason = new Error("enough");
  controller.abort(reason);
  await settle();
  expect(sleep.result).toBe(reason);
  expect(tasks.size).toBe(0);
});

it("rejects at once for a signal that has aborted, leaving no timer and no listener", async () => {
  const { host, tasks } = timerHost();
  const { controller, signal, listeners } = countedSignal();
  const reason = new Error("enough");
  controller.abort(reason);
  const sleep = followed(timersOf(host).sleep(250, signal));
  await settle();
  expect(sleep.result).toBe(reason);
  expect(tasks.size).toBe(0);
  expect(listeners.size).toBe(0);
});

it("sleeps without a signal", async () => {
  const { host, fire } = timerHost();
  const sleep = followed(timersOf(host).sleep(0));
  fire();
  await settle();
  expect(sleep.result).toBe("resolved");
});
