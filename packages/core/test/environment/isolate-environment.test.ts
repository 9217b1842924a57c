import { expect, it } from "vitest";
import {
  documentResponse,
  memoryStorage,
  ownKey,
  recordingChanges,
  storageWith,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  fixedRandom,
  hang,
  type Responder,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { createIsolate, createRequest } from "./fake-isolate.ts";
import { countRequests } from "./polling-client.ts";

const minute = 60_000;

fixedRandom();
allowNoUnhandledRejection();

it("starts nothing in the constructor and runs nothing between requests", async () => {
  const { clock, platform, value } = createIsolate(countRequests);
  await clock.advance(minute);
  expect([platform.requests.length, clock.pending]).toEqual([0, 0]);
  expect(await value()).toBe(1);
  await clock.advance(60 * minute);
  expect([platform.requests.length, clock.pending]).toEqual([1, 0]);
});

it("every request loads for itself while there is no document", async () => {
  const { clock, platform, value } = createIsolate((request, count) =>
    count === 1 ? hang(request) : documentResponse("mine"),
  );
  const first = value();
  await settle();
  expect(await value()).toBe("mine");
  expect(platform.requests).toHaveLength(2);
  // Its own load fails, but another request has loaded the document.
  expect(await clock.run(first)).toBe("mine");
});

it("an aborted call gets its abort reason, even if another request succeeds", async () => {
  const { flagsmith, value } = createIsolate((request, count) =>
    count === 1 ? hang(request) : documentResponse("mine"),
  );
  const controller = new AbortController();
  const first = flagsmith.getEnvironmentFlags({ signal: controller.signal });
  await settle();
  await value();
  const reason = new Error("aborted");
  controller.abort(reason);
  await expect(first).rejects.toBe(reason);
});

/** Delays the response to one request until `release()` is called. */
function delayed(number: number) {
  let release = () => {};
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  const answer: Responder = async (_request, count) => {
    if (count === number) await isReleased;
    return documentResponse(count);
  };
  return { answer, release: () => release() };
}

it("a slow refresh does not replace the response to a later request", async () => {
  const { answer, release } = delayed(2);
  const { clock, flagsmith, value } = createIsolate(answer);
  await value();
  await clock.advance(minute);
  const { work, waitUntil } = createRequest();
  await flagsmith.forRequest({ waitUntil }).getEnvironmentFlags();
  await clock.advance(1);
  await flagsmith.updateEnvironment();
  expect(await value()).toBe(3);
  release();
  await Promise.all(work);
  expect(await value()).toBe(3);
});

it("a slow first load does not replace the response to a later request", async () => {
  const { answer, release } = delayed(1);
  const { clock, value } = createIsolate(answer);
  const first = value();
  await clock.advance(1);
  expect(await value()).toBe(2);
  release();
  expect(await first).toBe(2);
  expect(await value()).toBe(2);
});

it("the response to a retry is as new as the retry", async () => {
  const { answer, release } = delayed(3);
  const { clock, flagsmith, value, valueFor } = createIsolate(
    (request, count) => (count === 2 ? status(500) : answer(request, count)),
    { retries: steadyPolicy(1, 500) },
  );
  await value();
  await clock.advance(60_000);
  // A refresh sends request 2 and, 500 ms later, its retry 4. Request 3, in between, is slow.
  const scope = createRequest();
  await valueFor(scope);
  await clock.advance(100);
  const slow = flagsmith.updateEnvironment();
  await clock.advance(400);
  await Promise.all(scope.work);
  expect(await value()).toBe(4);
  release();
  await slow;
  expect(await value()).toBe(4);
});

it("a slow response does not replace a newer stored document", async () => {
  const storage = memoryStorage();
  const options = { storage, storageCheckIntervalSeconds: 0 };
  const { answer, release } = delayed(1);
  const slow = createIsolate(answer, options);
  const quick = createIsolate(() => documentResponse("newer"), options);
  const early = slow.value();
  await settle();
  for (const { clock } of [slow, quick]) await clock.advance(1000);
  await quick.flagsmith.updateEnvironment();
  for (const { clock } of [slow, quick]) await clock.advance(1000);
  release();
  expect(await early).toBe(1);
  expect(await quick.value()).toBe("newer");
});

it("answers from memory until the interval has passed", async () => {
  const { clock, platform, value } = createIsolate(countRequests);
  expect(await value()).toBe(1);
  await clock.advance(minute - 1);
  expect(await value()).toBe(1);
  expect(platform.requests).toHaveLength(1);
});

it("answers a stale document immediately and refreshes it once, in waitUntil", async () => {
  const { clock, platform, flagsmith, value } = createIsolate(countRequests);
  await value();
  await clock.advance(minute);
  const first = createRequest();
  const second = createRequest();
  for (const request of [flagsmith.forRequest(first), flagsmith.forRequest(second)]) {
    expect((await request.getEnvironmentFlags()).getFeatureValue("banner")).toBe(1);
  }
  await Promise.all([...first.work, ...second.work]);
  expect(platform.requests).toHaveLength(2);
  expect(await value()).toBe(2);
});

it("calls waitUntil as a method of the context", async () => {
  const { clock, flagsmith, value } = createIsolate(countRequests);
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

it("without waitUntil a request waits one second for the refresh", async () => {
  const { clock, value } = createIsolate((request, count) =>
    count === 1 ? documentResponse("old") : hang(request),
  );
  await value();
  await clock.advance(minute);
  const startedAt = clock.now();
  expect(await clock.run(value())).toBe("old");
  expect(clock.now() - startedAt).toBe(1000);
});

it("refreshes again after the lease of a cancelled request has expired", async () => {
  const { clock, platform, value, valueFor } = createIsolate((request, count) =>
    count === 2 ? hang(request) : documentResponse(count),
  );
  await value();
  await clock.advance(minute);
  await valueFor(createRequest());
  await settle();
  clock.cutOff();
  await clock.advance(19_999);
  expect(await value()).toBe(1);
  expect(platform.requests).toHaveLength(2);
  await clock.advance(1);
  expect(await value()).toBe(3);
});

it("a refresh ends at its deadline, whatever the retry policy", async () => {
  const { clock, platform, value, valueFor } = createIsolate(
    (_request, count) => (count === 1 ? documentResponse("old") : status(503)),
    { retries: steadyPolicy(20, 3000), requestDeadlineSeconds: 10 },
  );
  await value();
  await clock.advance(minute);
  const scope = createRequest();
  expect(await valueFor(scope)).toBe("old");
  const startedAt = clock.now();
  await clock.run(Promise.all(scope.work));
  expect(clock.now() - startedAt).toBeLessThanOrEqual(10_000);
  expect(platform.requests).toHaveLength(5);
});

it("a failure delays the next load until Retry-After has passed", async () => {
  const { changes, onEnvironmentChange } = recordingChanges();
  const { clock, platform, flagsmith, value } = createIsolate(
    (_request, count) =>
      count === 1 ? status(503, { "Retry-After": "30" }) : documentResponse(count),
    { onEnvironmentChange, requestDeadlineSeconds: 5 },
  );
  expect((await catchError(value())).code).toBe("API_STATUS");
  expect((await catchError(value())).code).toBe("API_STATUS");
  expect(platform.requests).toHaveLength(1);
  await clock.advance(30_000);
  expect(await value()).toBe(2);
  expect(changes[0]).toBe("API_STATUS");
  expect(changes).toHaveLength(2);
  await flagsmith.close();
});

it("reads the storage before the API, and again after the check interval", async () => {
  const storage = storageWith(1000);
  const options = { storage, storageCheckIntervalSeconds: 10 };
  const { clock, platform, value } = createIsolate(countRequests, options);
  expect(await value()).toBe("stored");
  expect(await value()).toBe("stored");
  const readRecords = () => storage.reads.filter((key) => key === ownKey);
  expect(readRecords()).toHaveLength(1);
  await clock.advance(10_000);
  expect(await value()).toBe("stored");
  expect(readRecords()).toHaveLength(2);
  expect(platform.requests).toHaveLength(0);
});

it("adopts a document that another isolate has stored", async () => {
  const storage = memoryStorage();
  const options = { storage, storageCheckIntervalSeconds: 0 };
  const one = createIsolate(() => documentResponse("one"), options);
  const two = createIsolate(() => documentResponse("two"), options);
  expect(await one.value()).toBe("one");
  expect(await two.value()).toBe("one");
  expect(two.platform.requests).toHaveLength(0);
  await two.clock.advance(1000);
  await two.flagsmith.updateEnvironment();
  expect(await one.value()).toBe("two");
  expect(one.platform.requests).toHaveLength(1);
});

it("writes the document before the request ends, or in waitUntil", async () => {
  const storage = memoryStorage();
  const { flagsmith } = createIsolate(countRequests, { storage });
  const scope = createRequest();
  await flagsmith.forRequest(scope).getEnvironmentFlags();
  await Promise.all(scope.work);
  const keys = [ownKey, `${ownKey}-lease`];
  expect(storage.writes.map(({ key }) => key)).toEqual(keys);
  const other = memoryStorage();
  await createIsolate(countRequests, { storage: other }).value();
  expect(other.writes.map(({ key }) => key)).toEqual(keys);
});

it("answers from memory after close(), without requests", async () => {
  const { clock, platform, flagsmith, value } = createIsolate(countRequests);
  await value();
  await flagsmith.close();
  await clock.advance(minute);
  expect(await value()).toBe(1);
  expect((await catchError(flagsmith.updateEnvironment())).code).toBe("CLOSED");
  expect(platform.requests).toHaveLength(1);
});
