import { expect, it } from "vitest";
import { createBackgroundTimers, createTimers, unreference } from "../../src/platform/platform.ts";
import { documentResponse } from "../fake-environment.ts";
import { countedSignal, FakeClock, fakePlatform, localClient, settle } from "../fake-platform.ts";

/** Timer functions whose timers fire when the test says so. */
function fakeTimerHost() {
  const tasks = new Map<number, { readonly task: () => void; readonly ms: number }>();
  let made = 0;
  return {
    tasks,
    fire: () => {
      for (const [id, { task }] of [...tasks]) {
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

function follow(promise: Promise<void>) {
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

it("returns the time in milliseconds since the epoch", () => {
  const before = Date.now();
  const now = createTimers(fakeTimerHost().host).now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

it("sleeps until its timer fires and removes its listener", async () => {
  const { host, tasks, fire } = fakeTimerHost();
  const { signal, listeners, added } = countedSignal();
  const sleep = follow(createTimers(host).sleep(250, signal));
  await settle();
  expect(sleep.result).toBe("pending");
  expect([...tasks.values()].map(({ ms }) => ms)).toEqual([250]);
  fire();
  await settle();
  expect(sleep.result).toBe("resolved");
  expect(added()).toBe(1);
  expect(listeners.size).toBe(0);
});

it("an abort rejects with its reason and clears the timer", async () => {
  const { host, tasks } = fakeTimerHost();
  const controller = new AbortController();
  const sleep = follow(createTimers(host).sleep(250, controller.signal));
  const reason = new Error("enough");
  controller.abort(reason);
  await settle();
  expect(sleep.result).toBe(reason);
  expect(tasks.size).toBe(0);
});

it("rejects immediately if the signal has aborted", async () => {
  const { host, tasks } = fakeTimerHost();
  const { controller, signal, listeners } = countedSignal();
  const reason = new Error("enough");
  controller.abort(reason);
  const sleep = follow(createTimers(host).sleep(250, signal));
  await settle();
  expect(sleep.result).toBe(reason);
  expect(tasks.size).toBe(0);
  expect(listeners.size).toBe(0);
});

it("sleeps without a signal", async () => {
  const { host, fire } = fakeTimerHost();
  const sleep = follow(createTimers(host).sleep(0));
  fire();
  await settle();
  expect(sleep.result).toBe("resolved");
});

interface FakeTimer {
  readonly id: number;
  readonly unref: () => unknown;
}

/** Timer functions whose timers have `unref()`. */
function unreferenceableHost() {
  const unreferencedTimers: number[] = [];
  const made: { readonly ms: number; readonly task: () => void }[] = [];
  const cleared: number[] = [];
  const host = {
    setTimeout: (task: () => void, ms: number): FakeTimer => {
      const id = made.push({ ms, task }) - 1;
      return { id, unref: () => unreferencedTimers.push(id) };
    },
    clearTimeout: ({ id }: FakeTimer) => void cleared.push(id),
  };
  return { host, made, cleared, unreferencedTimers };
}

it("has no background tasks if nothing may run between requests", () => {
  expect(createTimers(fakeTimerHost().host).after).toBeUndefined();
});

it("a background task does not keep the process alive", () => {
  const { host, made, cleared, unreferencedTimers } = unreferenceableHost();
  let runs = 0;
  const cancel = createBackgroundTimers<FakeTimer>(host).after(250, () => void runs++);
  expect(made.map(({ ms }) => ms)).toEqual([250]);
  expect(unreferencedTimers).toEqual([0]);
  made[0]?.task();
  expect(runs).toBe(1);
  cancel();
  expect(cleared).toEqual([0]);
});

it("background tasks are started detached, and others with the context of their caller", () => {
  const { host, made } = unreferenceableHost();
  let detached = 0;
  const timers = createBackgroundTimers<FakeTimer>(host, (run) => {
    const before = made.length;
    const result = run();
    detached += made.length - before;
    return result;
  });
  timers.start(250, () => undefined);
  expect(detached).toBe(0);
  unreference(timers).start(250, () => undefined);
  timers.after(250, () => undefined);
  expect(detached).toBe(2);
});

it("a background task of a host whose timers are numbers runs, or is cancelled", () => {
  const { host, tasks, fire } = fakeTimerHost();
  const { after } = createBackgroundTimers<number>(host);
  let runs = 0;
  after(250, () => void runs++);
  const cancel = after(500, () => void runs++);
  cancel();
  expect([...tasks.values()].map(({ ms }) => ms)).toEqual([250]);
  fire();
  expect(runs).toBe(1);
});

it("a client polls and closes on a host whose timers are numbers", async () => {
  const { host, tasks, fire } = fakeTimerHost();
  const platform = fakePlatform(() => documentResponse(), {
    timers: createBackgroundTimers<number>(host),
  });
  const flagsmith = localClient(platform);
  await flagsmith.ready();
  await settle();
  expect(tasks.size).toBe(1);
  await flagsmith.updateEnvironment();
  expect(platform.requests).toHaveLength(2);
  // The document is not due yet, so that another timer takes its place.
  fire();
  expect(tasks.size).toBe(1);
  await flagsmith.close();
  expect(tasks.size).toBe(0);
});

it("sleeping keeps the process alive unless the timers are unreferenced", async () => {
  const { host, made, unreferencedTimers } = unreferenceableHost();
  const timers = createBackgroundTimers<FakeTimer>(host);
  const sleeps = [timers.sleep(10), unreference(timers).sleep(20)];
  expect(made.map(({ ms }) => ms)).toEqual([10, 20]);
  expect(unreferencedTimers).toEqual([1]);
  for (const { task } of made) task();
  await Promise.all(sleeps);
});

it("unreferenced timers sleep until they are due or aborted", async () => {
  const clock = new FakeClock();
  const timers = unreference(clock);
  const { controller, signal, listeners } = countedSignal();
  const slept = follow(timers.sleep(100, signal));
  expect(listeners.size).toBe(1);
  await clock.advance(99);
  expect(slept.result).toBe("pending");
  await clock.advance(1);
  expect(slept.result).toBe("resolved");
  expect(listeners.size).toBe(0);
  const aborted = follow(timers.sleep(100, signal));
  controller.abort("enough");
  const late = follow(timers.sleep(100, signal));
  await settle();
  expect([aborted.result, late.result]).toEqual(["enough", "enough"]);
  expect(clock.pending).toBe(0);
  expect(timers.now()).toBe(clock.now());
});

it.each(["start", "after"] as const)("%s cancels a real timer after timers were faked", (name) => {
  const { host, tasks } = fakeTimerHost();
  const cancel = createBackgroundTimers<number>(host)[name](250, () => undefined);
  host.clearTimeout = () => expect.unreachable("It would not know the timer.");
  cancel();
  expect(tasks.size).toBe(0);
});

it.each(["start", "after"] as const)("%s cancels a fake timer after it was restored", (name) => {
  const { host } = fakeTimerHost();
  // As `FakeTime` of `@std/testing`.
  host.clearTimeout = () => {
    throw new Error("no fake time");
  };
  expect(createBackgroundTimers<number>(host)[name](250, () => undefined)).not.toThrow();
});
