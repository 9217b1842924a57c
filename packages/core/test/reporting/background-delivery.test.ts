import { expect, it } from "vitest";
import { FlagsmithAPIError } from "../../src/errors.ts";
import { RedirectRefused } from "../../src/http/fetch.ts";
import { noDelivery } from "../../src/reporting/delivery.ts";
import { allowNoUnhandledRejection, settle } from "../fake-platform.ts";
import { fakeDelivery, refusal, timeoutMs } from "./fake-delivery.ts";

allowNoUnhandledRejection();

it("starts nothing before something is collected", async () => {
  const { clock, attempts, delivery } = fakeDelivery();
  await delivery.flush();
  await clock.advance(60_000);
  expect([attempts.length, clock.delays, clock.sleeps]).toEqual([0, [], []]);
  expect(delivery.report()).toEqual({ accepted: 0, pending: 0, dropped: 0, unconfirmed: 0 });
});

it("sends ten seconds later, give or take ten per cent, whatever comes meanwhile", async () => {
  const { clock, attempts, collect, last, delivery } = fakeDelivery();
  collect(undefined);
  collect(undefined);
  expect(clock.pending).toBe(1);
  await clock.advance(8999);
  expect(attempts).toHaveLength(0);
  await clock.advance(2002);
  expect(last().batch).toEqual(["text 0", "text 1"]);
  expect(delivery.report()).toEqual({ accepted: 0, pending: 2, dropped: 0, unconfirmed: 0 });
  last().succeed();
  await settle();
  expect(delivery.report()).toEqual({ accepted: 2, pending: 0, dropped: 0, unconfirmed: 0 });
  expect(clock.pending).toBe(0);
});

it("gives one attempt the client's timeout, and no signal of anybody's", async () => {
  const { clock, collect, last, delivery } = fakeDelivery();
  collect(undefined);
  void delivery.flush();
  expect(last().call).toEqual({ signal: undefined, deadlineAt: clock.now() + timeoutMs });
  last().succeed();
});

it("loses nothing that is collected while a batch is on its way, and mixes nothing into it", async () => {
  const { clock, attempts, collect, last, delivery } = fakeDelivery();
  collect(undefined);
  const flushed = delivery.flush();
  collect(undefined);
  collect(undefined);
  expect(delivery.report().pending).toBe(3);
  expect(last().batch).toEqual(["text 0"]);
  last().succeed();
  await flushed;
  expect(delivery.report()).toMatchObject({ accepted: 1, pending: 2 });
  await clock.advance(11_000);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  last().succeed();
});

it("flushes at once, and while a batch is on its way joins that and sends the rest once", async () => {
  const { collect, attempts, last, delivery } = fakeDelivery();
  let done = 0;
  const flush = () => delivery.flush().then(() => void done++);
  const flushes = [];
  for (let count = 0; count < 3; count++) {
    collect(undefined);
    flushes.push(flush());
  }
  await settle();
  expect([attempts.length, done]).toEqual([1, 0]);
  last().succeed();
  await settle();
  expect([attempts.length, done]).toEqual([2, 1]);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await Promise.all(flushes);
  expect(attempts).toHaveLength(2);
  expect(delivery.report()).toMatchObject({ accepted: 3, pending: 0 });
});

it("makes one attempt at a time, whatever wants one", async () => {
  const tasks: (() => void)[] = [];
  const { clock, collect, attempts, last, delivery } = fakeDelivery({
    onExit: (task) => {
      tasks.push(task);
      return () => undefined;
    },
  });
  collect(undefined);
  void delivery.flush();
  collect(undefined, true);
  await clock.advance(60_000);
  tasks[0]?.();
  void delivery.flush();
  await settle();
  expect(attempts).toHaveLength(1);
  last().succeed();
  // Before what waits for that has noticed.
  await Promise.resolve();
  collect(undefined, true);
  await settle();
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
  expect(delivery.report()).toMatchObject({ accepted: 3, pending: 0 });
  expect(attempts).toHaveLength(2);
});

it("sends the rest later where the batch under way meets a server that wants to hear nothing", async () => {
  const { clock, collect, attempts, last, delivery } = fakeDelivery();
  collect(undefined);
  const first = delivery.flush();
  collect(undefined);
  const second = delivery.flush();
  await clock.advance(11_000);
  last().fail(refusal(429, { retryAfterMs: 60_000 }));
  await Promise.all([first, second]);
  expect(attempts).toHaveLength(1);
  await clock.advance(66_001);
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await settle();
});

it("in a quiet period flushes nothing, but waits for what is on its way", async () => {
  const tasks: (() => void)[] = [];
  const { collect, attempts, last, delivery } = fakeDelivery({
    onExit: (task) => {
      tasks.push(task);
      return () => undefined;
    },
  });
  collect(undefined);
  const flushed = delivery.flush();
  last().fail(refusal(429, { retryAfterMs: 60_000 }));
  await flushed;
  tasks[0]?.();
  expect(attempts).toHaveLength(2);
  let isDone = false;
  const quiet = delivery.flush().then(() => {
    isDone = true;
  });
  await settle();
  expect([attempts.length, isDone]).toEqual([2, false]);
  last().succeed();
  await quiet;
});

it.each([
  ["a server error", refusal(500), true],
  ["a gateway that is not up", refusal(503), true],
  ["a timeout", new FlagsmithAPIError("API_TIMEOUT", "too late"), true],
  ["a connection that broke", new FlagsmithAPIError("API_UNREACHABLE", "reset"), true],
  ["something that is no error of ours", "odd", true],
  ["a 408", refusal(408), true],
  ["a 425", refusal(425), false],
  ["a 429", refusal(429), false],
  [
    "a permission that is missing",
    new FlagsmithAPIError("PERMISSION_DENIED", "not permitted"),
    false,
  ],
] as const)(
  "keeps what met %s, sends it again, and says whether it may count twice",
  async (_name, error, isUnknown) => {
    const { clock, attempts, collect, last, delivery, logger } = fakeDelivery();
    collect(undefined);
    const flushed = delivery.flush();
    collect(undefined);
    last().fail(error);
    await flushed;
    const unconfirmed = isUnknown ? 1 : 0;
    expect(delivery.report()).toEqual({ accepted: 0, pending: 2, dropped: 0, unconfirmed });
    expect(logger.warnings).toHaveLength(1);
    await clock.advance(11_000);
    expect(attempts).toHaveLength(2);
    expect(last().batch).toHaveLength(2);
    last().succeed();
    await settle();
    expect(delivery.report()).toEqual({ accepted: 2, pending: 0, dropped: 0, unconfirmed });
  },
);

it.each([400, 401, 403, 404, 405, 413, 415, 422])(
  "drops what is refused with %d, counts it, and goes on with what comes",
  async (status) => {
    const { attempts, collect, last, delivery, logger } = fakeDelivery();
    collect(undefined);
    collect(undefined);
    const flushed = delivery.flush();
    last().fail(refusal(status));
    await flushed;
    expect(delivery.report()).toEqual({ accepted: 0, pending: 0, dropped: 2, unconfirmed: 0 });
    expect(logger.warnings).toEqual([`Texts could not be sent: status ${status}`]);
    await delivery.flush();
    expect(attempts).toHaveLength(1);
    collect(undefined);
    const next = delivery.flush();
    last().succeed();
    await next;
    expect(delivery.report()).toMatchObject({ accepted: 1, dropped: 2 });
  },
);

it("warns once for as long as it fails, and anew once it has worked", async () => {
  const { collect, last, delivery, logger } = fakeDelivery();
  const attempt = async (end: () => void) => {
    collect(undefined);
    const flushed = delivery.flush();
    end();
    await flushed;
  };
  const fail = () => last().fail(refusal(404));
  for (let count = 0; count < 5; count++) await attempt(fail);
  expect(logger.warnings).toHaveLength(1);
  await attempt(() => last().succeed());
  await attempt(fail);
  expect(logger.warnings).toHaveLength(2);
});

it("warns of what is refused though it has warned of what it kept, and the other way round", async () => {
  const { collect, last, delivery, logger } = fakeDelivery();
  for (const status of [503, 403, 503, 404]) {
    collect(undefined);
    const flushed = delivery.flush();
    last().fail(refusal(status));
    await flushed;
  }
  expect(logger.warnings).toEqual([
    "Texts could not be sent: status 503",
    "Texts could not be sent: status 403",
  ]);
});

it.each([
  ["the message of an error of ours", refusal(503), "status 503"],
  ["the name alone of another error", new TypeError("failed for s3cret"), "TypeError"],
  ["nothing of what is no error", "s3cret", "unknown error"],
])("logs %s", async (_name, error, reason) => {
  const { collect, last, delivery, logger } = fakeDelivery();
  collect(undefined);
  const flushed = delivery.flush();
  last().fail(error);
  await flushed;
  expect(logger.warnings).toEqual([`Texts could not be sent: ${reason}`]);
});

it("tries again ten seconds after a failure, though nothing more is collected", async () => {
  const { clock, attempts, collect, last } = fakeDelivery();
  collect(undefined);
  for (let count = 1; count <= 3; count++) {
    await clock.advance(11_001);
    expect(attempts).toHaveLength(count);
    last().fail(refusal(500));
  }
  await clock.advance(11_001);
  last().succeed();
  await clock.advance(60_000);
  expect([attempts.length, clock.pending]).toEqual([4, 0]);
});

it("puts a failed batch back with what came meanwhile", async () => {
  const { collect, last, delivery } = fakeDelivery();
  for (let count = 0; count < 3; count++) collect(undefined);
  const flushed = delivery.flush();
  for (let count = 0; count < 4; count++) collect(undefined);
  last().fail(refusal(500));
  await flushed;
  expect(delivery.report()).toEqual({ accepted: 0, pending: 7, dropped: 0, unconfirmed: 3 });
  void delivery.flush();
  expect(last().batch).toHaveLength(7);
  last().succeed();
});

it("leaves the server in peace for as long as it asks, in a timer, in a flush and when it is full", async () => {
  const { clock, attempts, collect, last, delivery } = fakeDelivery();
  collect(undefined);
  const flushed = delivery.flush();
  last().fail(refusal(429, { retryAfterMs: 60_000 }));
  await flushed;
  await delivery.flush();
  collect(undefined, true);
  await clock.advance(59_000);
  expect(attempts).toHaveLength(1);
  await clock.advance(12_000);
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
});

it("does not let a timer that was set before the server asked to wait fire into the wait", async () => {
  const { clock, attempts, collect, last, delivery } = fakeDelivery();
  collect(undefined);
  await clock.advance(5000);
  const flushed = delivery.flush();
  last().fail(refusal(503, { retryAfterMs: 30_000 }));
  await flushed;
  await clock.advance(29_000);
  expect(attempts).toHaveLength(1);
  await clock.advance(12_000);
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
});

it("asks no timer for a wait that it would cut short", async () => {
  const { clock, collect, last, delivery } = fakeDelivery();
  collect(undefined);
  await clock.advance(8000);
  const flushed = delivery.flush();
  last().fail(refusal(503, { retryAfterMs: Number.POSITIVE_INFINITY }));
  await flushed;
  await clock.advance(4000);
  expect(Math.max(...clock.delays)).toBe(2 ** 31 - 1);
});

it("sends at once what is full, but never two batches for it", async () => {
  const { attempts, collect, last } = fakeDelivery();
  collect(undefined, true);
  expect(attempts).toHaveLength(1);
  collect(undefined, true);
  expect(attempts).toHaveLength(1);
  last().succeed();
  await settle();
});

it("sends what became full while a batch was on its way as soon as that has arrived", async () => {
  const { attempts, collect, last } = fakeDelivery();
  collect(undefined, true);
  collect(undefined);
  collect(undefined, true);
  expect(attempts).toHaveLength(1);
  last().succeed();
  await settle();
  expect(attempts).toHaveLength(2);
  expect(last().batch).toHaveLength(2);
  collect(undefined);
  last().succeed();
  await settle();
  expect(attempts).toHaveLength(2);
});

it("leaves what became full for later where the batch on its way fails", async () => {
  const { clock, attempts, collect, last } = fakeDelivery();
  collect(undefined, true);
  collect(undefined, true);
  last().fail(refusal(500));
  await clock.advance(8000);
  expect(attempts).toHaveLength(1);
  await clock.advance(4000);
  expect(attempts).toHaveLength(2);
  last().succeed();
  await settle();
});

it("makes one last attempt at the end, whatever the server wishes, and cancels its timer", async () => {
  const { clock, collect, last, delivery } = fakeDelivery();
  collect(undefined);
  const flushed = delivery.flush();
  last().fail(refusal(429, { retryAfterMs: 60_000 }));
  await flushed;
  const closed = delivery.close();
  expect(clock.pending).toBe(0);
  last().succeed();
  await closed;
  expect(delivery.report()).toEqual({ accepted: 1, pending: 0, dropped: 0, unconfirmed: 0 });
});

it("gives up at the end what the last attempt leaves, and says so: nothing is ever sent again", async () => {
  const { clock, attempts, collect, last, delivery } = fakeDelivery();
  collect(undefined);
  const flushed = delivery.flush();
  collect(undefined);
  const closed = delivery.close();
  attempts[0]?.fail(refusal(500));
  await settle();
  last().fail(new FlagsmithAPIError("API_TIMEOUT", "too late"));
  await Promise.all([flushed, closed]);
  expect(delivery.report()).toEqual({ accepted: 0, pending: 0, dropped: 2, unconfirmed: 3 });
  await delivery.flush();
  await delivery.close();
  await clock.advance(60_000);
  expect([attempts.length, clock.pending]).toEqual([2, 0]);
});

it("waits at the end for what was on its way before", async () => {
  const { collect, attempts, last, delivery } = fakeDelivery();
  collect(undefined);
  void delivery.flush();
  let isClosed = false;
  const closed = delivery.close().then(() => {
    isClosed = true;
  });
  await settle();
  expect([isClosed, attempts.length]).toEqual([false, 1]);
  last().succeed();
  await closed;
  expect(delivery.report().accepted).toBe(1);
});

it("makes one last attempt at the end with what was on its way before and came back", async () => {
  const { collect, attempts, last, delivery } = fakeDelivery();
  collect(undefined);
  void delivery.flush();
  collect(undefined);
  const closed = delivery.close();
  attempts[0]?.fail(refusal(503));
  await settle();
  last().succeed();
  await closed;
  expect(delivery.report()).toEqual({ accepted: 2, pending: 0, dropped: 0, unconfirmed: 1 });
});

it.each(["before", "after"])(
  "makes the last attempt with what a flush that began %s close() came with",
  async (when) => {
    const { collect, attempts, last, delivery } = fakeDelivery();
    collect(undefined);
    const all = [delivery.flush()];
    collect(undefined);
    if (when === "before") all.push(delivery.flush());
    all.push(delivery.close());
    if (when === "after") all.push(delivery.flush());
    let done = 0;
    for (const each of all) void each.then(() => void done++);
    await settle();
    expect(attempts).toHaveLength(1);
    last().fail(refusal(500));
    await settle();
    expect([attempts.length, done]).toEqual([2, 1]);
    expect(last().batch).toHaveLength(2);
    last().succeed();
    await Promise.all(all);
    expect(attempts).toHaveLength(2);
    expect(delivery.report()).toEqual({ accepted: 2, pending: 0, dropped: 0, unconfirmed: 1 });
  },
);

it("does not count as sent again what a refused redirect has not delivered", async () => {
  const { collect, last, delivery } = fakeDelivery();
  collect(undefined);
  const flushed = delivery.flush();
  last().fail(new RedirectRefused("API_UNREACHABLE", "was redirected elsewhere"));
  await flushed;
  expect(delivery.report()).toEqual({ accepted: 0, pending: 1, dropped: 0, unconfirmed: 0 });
});

it("sends once when the process has nothing more to do, and asks for that once", async () => {
  const tasks: (() => void)[] = [];
  const { attempts, collect, last } = fakeDelivery({
    onExit: (task) => {
      tasks.push(task);
      return () => undefined;
    },
  });
  expect(tasks).toHaveLength(0);
  collect(undefined);
  collect(undefined);
  expect(tasks).toHaveLength(1);
  tasks[0]?.();
  expect(last().batch).toHaveLength(2);
  last().succeed();
  await settle();
  // Else a process that evaluates flags whenever it ends would never end.
  collect(undefined);
  expect([tasks.length, attempts.length]).toEqual([1, 1]);
});

it("waits for the process's end only while it holds something", async () => {
  const tasks = new Set<() => void>();
  const { attempts, collect, last, delivery } = fakeDelivery({
    onExit: (task) => {
      tasks.add(task);
      return () => void tasks.delete(task);
    },
  });
  const waits: number[] = [];
  const flush = async (end: () => void) => {
    const flushed = delivery.flush();
    waits.push(tasks.size);
    end();
    await flushed;
    waits.push(tasks.size);
  };
  collect(undefined);
  await flush(() => last().fail(refusal(503)));
  await flush(() => last().succeed());
  collect(undefined);
  await flush(() => last().fail(refusal(403)));
  expect(waits).toEqual([1, 1, 1, 0, 1, 0]);
  collect(undefined);
  for (const task of tasks) task();
  last().succeed();
  await settle();
  collect(undefined);
  expect([tasks.size, attempts.length]).toEqual([0, 4]);
});

it("waits for the process's end while what became full meanwhile is on its way", async () => {
  let waiting = 0;
  const { collect, last, attempts } = fakeDelivery({
    onExit: () => {
      waiting++;
      return () => void waiting--;
    },
  });
  collect(undefined, true);
  collect(undefined, true);
  last().succeed();
  await settle();
  expect([attempts.length, waiting]).toEqual([2, 1]);
  last().succeed();
  await settle();
  expect(waiting).toBe(0);
});

it("takes its task at the end of the process back when it is closed", async () => {
  let waiting = 0;
  const { collect, last, delivery } = fakeDelivery({
    onExit: () => {
      waiting++;
      return () => void waiting--;
    },
  });
  collect(undefined);
  expect(waiting).toBe(1);
  const closed = delivery.close();
  last().succeed();
  await closed;
  expect(waiting).toBe(0);
});

it("sends nothing offline: what is there counts as dropped", async () => {
  const { clock, attempts, delivery } = fakeDelivery({ createDelivery: noDelivery });
  expect(delivery.left(5)).toBe(0);
  delivery.drop(3);
  await delivery.flush();
  await delivery.close();
  expect([attempts.length, clock.delays.length]).toEqual([0, 0]);
  expect(delivery.report()).toEqual({ accepted: 0, pending: 0, dropped: 3, unconfirmed: 0 });
});
