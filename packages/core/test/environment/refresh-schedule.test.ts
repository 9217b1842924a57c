import { expect, it } from "vitest";
import { Load } from "../../src/environment/load.ts";
import { RefreshSchedule } from "../../src/environment/refresh-schedule.ts";
import { FakeClock, fixedRandom } from "../fake-platform.ts";

const random = fixedRandom();
const second = 1000;
const intervalMs = 60 * second;

function createSchedule(
  options: {
    readonly hasTimers?: boolean;
    readonly readsOnce?: boolean;
    /** How much too early timers fire. */
    readonly earlyMs?: number;
    /** Whether the monotonic clock does not move, as with some fake timers. */
    readonly standsStill?: boolean;
  } = {},
) {
  const clock = new FakeClock();
  const firedAt: number[] = [];
  const after = (ms: number, task: () => void) =>
    clock.after(Math.max(1, ms - (options.earlyMs ?? 0)), task);
  /** How much longer the process was suspended than the monotonic clock shows. */
  const suspended = { ms: 0 };
  const timers = {
    ...(options.hasTimers === false ? clock.isolateTimers : { ...clock, after }),
    ...(options.standsStill && { monotonicNow: () => 0 }),
    now: () => clock.now() + suspended.ms,
  };
  const schedule = new RefreshSchedule(
    {
      timers,
      intervalMs,
      safetyIntervalMs: 5 * intervalMs,
      storageCheckMs: options.readsOnce ? Number.POSITIVE_INFINITY : second,
      deadlineMs: 20 * second,
    },
    () => firedAt.push(clock.now()),
  );
  return { clock, firedAt, suspended, schedule };
}

const loaded = { ageMs: 0, isSafe: false };

function createLoad(timers: FakeClock): Load {
  return new Load({ timers, sharesPromises: true, deadlineMs: 20 * second });
}

it("a document is due after an interval, overdue after two and expired after ten", () => {
  const { clock, schedule } = createSchedule();
  schedule.loaded(loaded);
  for (const [atMs, age] of [
    [intervalMs - 1, "fresh"],
    [intervalMs, "due"],
    [2 * intervalMs - 1, "due"],
    [2 * intervalMs, "overdue"],
    [10 * intervalMs - 1, "overdue"],
    [10 * intervalMs, "expired"],
  ] as const) {
    clock.freeze(atMs - (clock.now() - Date.UTC(2026, 0, 1)));
    expect(schedule.age, `${atMs}`).toBe(age);
    expect(schedule.isDue, `${atMs}`).toBe(atMs >= intervalMs);
  }
});

it("the age of a document counts from its request", () => {
  const { clock, schedule } = createSchedule();
  schedule.loaded({ ageMs: 5 * second, isSafe: false });
  clock.freeze(2 * intervalMs - 5 * second - 1);
  expect(schedule.age).toBe("due");
  clock.freeze(1);
  expect(schedule.age).toBe("overdue");
  expect(schedule.overdueMs).toBe(2 * intervalMs);
});

it("a document is due immediately if its response is two intervals old", () => {
  const { clock, schedule } = createSchedule();
  schedule.loaded({ ageMs: 2 * intervalMs, isSafe: false });
  expect(schedule.age).toBe("overdue");
  expect(schedule.isDue).toBe(true);
  expect(schedule.freshUntil).toBeLessThanOrEqual(clock.monotonicNow());
  schedule.loaded({ ageMs: 2 * intervalMs - 1, isSafe: false });
  expect(schedule.age).toBe("fresh");
});

it("a document whose load took longer than an interval is due when it is overdue", () => {
  const { clock, schedule } = createSchedule();
  schedule.loaded({ ageMs: 1.5 * intervalMs, isSafe: false });
  clock.freeze(0.5 * intervalMs - 1);
  expect(schedule.age).toBe("fresh");
  expect(schedule.isDue).toBe(false);
  clock.freeze(1);
  expect(schedule.age).toBe("overdue");
  expect(schedule.isDue).toBe(true);
});

it("a load is due by either clock", () => {
  const back = createSchedule();
  back.schedule.loaded(loaded);
  back.clock.setBack(10 * second);
  back.clock.freeze(intervalMs);
  expect(back.schedule.isDue).toBe(true);
  const { suspended, schedule } = createSchedule();
  schedule.loaded(loaded);
  suspended.ms = intervalMs - 1;
  expect(schedule.isDue).toBe(false);
  suspended.ms = intervalMs;
  expect(schedule.isDue).toBe(true);
});

it("only the load in flight ends its lease", () => {
  const { clock, schedule } = createSchedule();
  const load = createLoad(clock);
  schedule.started(load);
  schedule.ended(createLoad(clock));
  expect(schedule.inFlight).toBe(load);
  schedule.ended(load);
  expect(schedule.inFlight).toBeUndefined();
});

it("with a timer, calls need nothing until the document is overdue", () => {
  const { clock, schedule } = createSchedule();
  schedule.loaded(loaded);
  schedule.checkedStorage();
  expect(schedule.freshUntil - clock.monotonicNow()).toBe(2 * intervalMs);
});

it("without a timer, calls need nothing until a load or a read of the storage is due", () => {
  const { clock, schedule } = createSchedule({ hasTimers: false });
  schedule.loaded(loaded);
  schedule.checkedStorage();
  expect(schedule.freshUntil - clock.monotonicNow()).toBe(second);
  schedule.checkedStorage(false);
  expect(schedule.freshUntil - clock.monotonicNow()).toBe(intervalMs);
  expect(schedule.isStorageReadable).toBe(false);
  clock.freeze(intervalMs);
  expect(schedule.isStorageReadable).toBe(true);
});

it("a storage that is read only once is never due", () => {
  expect(createSchedule().schedule.isStorageDue).toBe(true);
  const { schedule } = createSchedule({ readsOnce: true });
  expect(schedule.isStorageDue).toBe(false);
  expect(schedule.isStorageReadable).toBe(true);
});

it("a process follows another one from a stored document until its own load", () => {
  const { schedule } = createSchedule();
  expect(schedule.isFollower).toBe(false);
  schedule.found({ ageMs: 0, isFirst: false });
  expect(schedule.isFollower).toBe(true);
  schedule.loaded(loaded);
  expect(schedule.isFollower).toBe(false);
});

it.each([
  ["young", intervalMs - 1, 1],
  ["as old as the interval", intervalMs, 0],
  ["older", 3 * intervalMs, 0],
])("a first stored document that is %s is due at its age", (_name, ageMs, dueMs) => {
  const { clock, schedule } = createSchedule();
  schedule.found({ ageMs, isFirst: true });
  expect(schedule.isDue).toBe(dueMs === 0);
  clock.freeze(dueMs);
  expect(schedule.isDue).toBe(true);
});

it("a first stored document of one interval is due without jitter", () => {
  random.value = 0.99;
  const { schedule } = createSchedule();
  schedule.found({ ageMs: intervalMs, isFirst: true });
  expect(schedule.isDue).toBe(true);
});

it("a follower takes over after 1.5 to 2 intervals", () => {
  for (const [value, intervals] of [
    [0, 1.5],
    [0.5, 1.75],
  ] as const) {
    random.value = value;
    const { clock, schedule } = createSchedule();
    schedule.found({ ageMs: second, isFirst: false });
    clock.freeze(intervals * intervalMs - second - 1);
    expect(schedule.isDue).toBe(false);
    clock.freeze(1);
    expect(schedule.isDue).toBe(true);
  }
});

it.each([
  ["no document", undefined, intervalMs / 2],
  ["a young stored document", intervalMs - 1, intervalMs * 0.95],
  ["a stored document as old as the interval", intervalMs, intervalMs / 2],
])("the first interval after %s spreads processes that start together", (_name, ageMs, dueMs) => {
  random.value = 0.25;
  const { clock, schedule } = createSchedule();
  if (ageMs !== undefined) schedule.found({ ageMs, isFirst: true });
  schedule.loaded(loaded);
  clock.freeze(dueMs - 1);
  expect(schedule.isDue).toBe(false);
  clock.freeze(1);
  expect(schedule.isDue).toBe(true);
});

it("while another process loads, the storage is read after 1 to 2 s", () => {
  const { clock, schedule } = createSchedule();
  schedule.postponed();
  clock.freeze(1.5 * second - 1);
  expect(schedule.isStorageDue).toBe(false);
  clock.freeze(1);
  expect(schedule.isStorageDue).toBe(true);
  clock.freeze(0.375 * intervalMs - 1.5 * second - 1);
  expect(schedule.isDue).toBe(false);
  clock.freeze(1);
  expect(schedule.isDue).toBe(true);
});

it("a timer that fires early does not postpone the read of the storage", async () => {
  const { clock, firedAt, schedule } = createSchedule({ earlyMs: 1 });
  const load = createLoad(clock);
  schedule.started(load);
  schedule.checkedStorage();
  schedule.loaded(loaded);
  schedule.ended(load);
  const startedAt = clock.now();
  await clock.advance(2 * second);
  expect(firedAt).toEqual([startedAt + second]);
});

it("the timer starts a load although the monotonic clock stands still", async () => {
  const { clock, firedAt, schedule } = createSchedule({ standsStill: true, readsOnce: true });
  const load = createLoad(clock);
  schedule.started(load);
  schedule.loaded(loaded);
  schedule.ended(load);
  await clock.advance(2 * intervalMs);
  expect(firedAt).toHaveLength(1);
});

it("a load that ends twice starts one timer", () => {
  const { clock, schedule } = createSchedule();
  const load = createLoad(clock);
  schedule.started(load);
  schedule.loaded(loaded);
  schedule.ended(load);
  schedule.ended(load);
  expect(clock.delays).toHaveLength(1);
});

it("a load that has lost its lease sets the timer too", async () => {
  const { clock, firedAt, schedule } = createSchedule({ readsOnce: true });
  const [lost, load] = [createLoad(clock), createLoad(clock)];
  schedule.started(lost);
  schedule.started(load);
  schedule.loaded({ ageMs: 0, isSafe: true });
  schedule.ended(load);
  schedule.failed({ hasDocument: true, isRefused: false, retryAfterMs: 0 });
  schedule.ended(lost);
  await clock.advance(1.1 * intervalMs);
  expect(firedAt).toHaveLength(1);
});
