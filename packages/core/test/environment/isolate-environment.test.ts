import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  documentAnswer,
  memoryStorage,
  recordingChanges,
  storageWith,
} from "../fake-environment.ts";
import {
  type Answer,
  failureOf,
  fixedRandom,
  hang,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { isolate, request } from "./fake-isolate.ts";

const minute = 60_000;

const counting: Answer = (_request, count) => documentAnswer(count);

fixedRandom();
const unhandled = vi.fn();
beforeEach(() => void process.on("unhandledRejection", unhandled));
afterEach(() => {
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

it("starts nothing at construction, and runs nothing between requests", async () => {
  const { clock, platform, value } = isolate(counting);
  await clock.advance(minute);
  expect([platform.requests.length, clock.pending]).toEqual([0, 0]);
  expect(await value()).toBe(1);
  await clock.advance(60 * minute);
  expect([platform.requests.length, clock.pending]).toEqual([1, 0]);
});

it("lets each request load for itself while there is no document", async () => {
  const { clock, platform, value } = isolate((asked, count) =>
    count === 1 ? hang(asked) : documentAnswer("mine"),
  );
  const first = value();
  await settle();
  expect(await value()).toBe("mine");
  expect(platform.requests).toHaveLength(2);
  // Its own load has failed, but there is a document by now.
  expect(await clock.run(first)).toBe("mine");
});

it("rejects who has left with his own reason, also where another request had more luck", async () => {
  const { flagsmith, value } = isolate((asked, count) =>
    count === 1 ? hang(asked) : documentAnswer("mine"),
  );
  const caller = new AbortController();
  const first = flagsmith.getEnvironmentFlags({ signal: caller.signal });
  await settle();
  await value();
  const reason = new Error("left");
  caller.abort(reason);
  await expect(first).rejects.toBe(reason);
});

/** Answers the question of that number once it is told to, the others at once. */
function delayed(number: number) {
  let release = () => {};
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  const answer: Answer = async (_asked, count) => {
    if (count === number) await isReleased;
    return documentAnswer(count);
  };
  return { answer, release: () => release() };
}

it("keeps the answer to the later question when a slow refresh arrives after it", async () => {
  const { answer, release } = delayed(2);
  const { clock, flagsmith, value } = isolate(answer);
  await value();
  await clock.advance(minute);
  const { work, waitUntil } = request();
  await flagsmith.forRequest({ waitUntil }).getEnvironmentFlags();
  await clock.advance(1);
  await flagsmith.updateEnvironment();
  expect(await value()).toBe(3);
  release();
  await Promise.all(work);
  expect(await value()).toBe(3);
});

it("keeps the later one also where the first loads of two requests cross", async () => {
  const { answer, release } = delayed(1);
  const { clock, value } = isolate(answer);
  const first = value();
  await clock.advance(1);
  expect(await value()).toBe(2);
  release();
  expect(await first).toBe(2);
  expect(await value()).toBe(2);
});

it("takes the answer to a retry for as new as the retry, not as the first attempt", async () => {
  const { answer, release } = delayed(3);
  const { clock, flagsmith, value } = isolate(
    (asked, count) => (count === 2 ? status(500) : answer(asked, count)),
    { retries: steadyPolicy(1, 500) },
  );
  await value();
  await clock.advance(1);
  // Requests 2 and, 500 ms later, 4; in between number 3, which is slow.
  const retried = flagsmith.updateEnvironment();
  await clock.advance(100);
  const slow = flagsmith.updateEnvironment();
  await clock.advance(400);
  await retried;
  expect(await value()).toBe(4);
  release();
  await slow;
  expect(await value()).toBe(4);
});

it("does not take a slow answer of another isolate for newer than its own", async () => {
  const storage = memoryStorage();
  const options = { storage, storageCheckIntervalSeconds: 0 };
  const { answer, release } = delayed(1);
  const slow = isolate(answer, options);
  const quick = isolate(() => documentAnswer("newer"), options);
  const early = slow.value();
  await settle();
  for (const { clock } of [slow, quick]) await clock.advance(1000);
  await quick.flagsmith.updateEnvironment();
  for (const { clock } of [slow, quick]) await clock.advance(1000);
  release();
  expect(await early).toBe(1);
  expect(await quick.value()).toBe("newer");
});

it("answers from memory, without a request, until the interval is over", async () => {
  const { clock, platform, value } = isolate(counting);
  expect(await value()).toBe(1);
  await clock.advance(minute - 1);
  expect(await value()).toBe(1);
  expect(platform.requests).toHaveLength(1);
});

it("serves what is stale at once, and refreshes it once, under waitUntil", async () => {
  const { clock, platform, flagsmith, value } = isolate(counting);
  await value();
  await clock.advance(minute);
  const first = request();
  const second = request();
  for (const scope of [flagsmith.forRequest(first), flagsmith.forRequest(second)]) {
    expect((await scope.getEnvironmentFlags()).getFeatureValue("banner")).toBe(1);
  }
  await Promise.all([...first.work, ...second.work]);
  expect(platform.requests).toHaveLength(2);
  expect(await value()).toBe(2);
});

it("calls waitUntil as a method of what the runtime handed in", async () => {
  const { clock, flagsmith, value } = isolate(counting);
  await value();
  await clock.advance(minute);
  const context = {
    calls: 0,
    waitUntil(_work: Promise<unknown>) {
      this.calls++;
    },
  };
  await flagsmith.forRequest(context).getEnvironmentFlags();
  expect(context.calls).toBeGreaterThan(0);
  await settle();
});

it("without waitUntil waits a second at most for the refresh, and then serves what is stale", async () => {
  const { clock, value } = isolate((asked, count) =>
    count === 1 ? documentAnswer("old") : hang(asked),
  );
  await value();
  await clock.advance(minute);
  const startedAt = clock.now();
  expect(await clock.run(value())).toBe("old");
  expect(clock.now() - startedAt).toBe(1000);
});

it("asks again once a claimed refresh can no longer end: its request was cut off", async () => {
  const { clock, platform, value, valueFor } = isolate((asked, count) =>
    count === 2 ? hang(asked) : documentAnswer(count),
  );
  await value();
  await clock.advance(minute);
  await valueFor(request());
  await settle();
  clock.cutOff();
  await clock.advance(19_999);
  expect(await value()).toBe(1);
  expect(platform.requests).toHaveLength(2);
  await clock.advance(1);
  expect(await value()).toBe(3);
});

it("ends a refresh by its deadline, however often the policy would try again", async () => {
  const { clock, platform, value, valueFor } = isolate(
    (_asked, count) => (count === 1 ? documentAnswer("old") : status(503)),
    { retries: steadyPolicy(20, 3000), requestDeadlineSeconds: 10 },
  );
  await value();
  await clock.advance(minute);
  const asking = request();
  expect(await valueFor(asking)).toBe("old");
  const begunAt = clock.now();
  await clock.run(Promise.all(asking.work));
  expect(clock.now() - begunAt).toBeLessThanOrEqual(10_000);
  expect(platform.requests).toHaveLength(5);
});

it("leaves the API alone for a while after a failure, or for as long as it asks", async () => {
  const { changes, onEnvironmentChange } = recordingChanges();
  const { clock, platform, flagsmith, value } = isolate(
    (_asked, count) => (count === 1 ? status(503, { "Retry-After": "30" }) : documentAnswer(count)),
    { onEnvironmentChange, requestDeadlineSeconds: 5 },
  );
  expect((await failureOf(value())).code).toBe("API_STATUS");
  expect((await failureOf(value())).code).toBe("API_STATUS");
  expect(platform.requests).toHaveLength(1);
  await clock.advance(30_000);
  expect(await value()).toBe(2);
  expect(changes[0]).toBe("API_STATUS");
  expect(changes).toHaveLength(2);
  await flagsmith.close();
});

it("asks the storage before the API, and again when memory is no longer trusted", async () => {
  const storage = storageWith(1000);
  const options = { storage, storageCheckIntervalSeconds: 10 };
  const { clock, platform, value } = isolate(counting, options);
  expect(await value()).toBe("stored");
  expect(await value()).toBe("stored");
  expect(storage.reads).toHaveLength(1);
  await clock.advance(10_000);
  expect(await value()).toBe("stored");
  expect(storage.reads).toHaveLength(2);
  expect(platform.requests).toHaveLength(0);
});

it("sees what another isolate has put into the storage", async () => {
  const storage = memoryStorage();
  const options = { storage, storageCheckIntervalSeconds: 0 };
  const one = isolate(() => documentAnswer("one"), options);
  const two = isolate(() => documentAnswer("two"), options);
  expect(await one.value()).toBe("one");
  expect(await two.value()).toBe("one");
  expect(two.platform.requests).toHaveLength(0);
  await two.clock.advance(1000);
  await two.flagsmith.updateEnvironment();
  expect(await one.value()).toBe("two");
  expect(one.platform.requests).toHaveLength(1);
});

it("has the document in the storage when the request ends, or under waitUntil", async () => {
  const storage = memoryStorage();
  const { flagsmith } = isolate(counting, { storage });
  const asked = request();
  await flagsmith.forRequest(asked).getEnvironmentFlags();
  await Promise.all(asked.work);
  expect(storage.writes).toHaveLength(1);
  const other = memoryStorage();
  await isolate(counting, { storage: other }).value();
  expect(other.writes).toHaveLength(1);
});

it("answers from memory after close(), and asks nothing", async () => {
  const { clock, platform, flagsmith, value } = isolate(counting);
  await value();
  await flagsmith.close();
  await clock.advance(minute);
  expect(await value()).toBe(1);
  expect((await failureOf(flagsmith.updateEnvironment())).code).toBe("CLOSED");
  expect(platform.requests).toHaveLength(1);
});
