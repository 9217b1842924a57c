import { expect, it } from "vitest";
import { documentResponse, memoryStorage } from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, status } from "../fake-platform.ts";
import { createIsolate, createRequest } from "./fake-isolate.ts";
import { countRequests, createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

const hour = 3_600_000;
const once = { environmentRefreshIntervalSeconds: 0 };

it("an interval of 0 loads the document once, and is logged once", async () => {
  const { clock, flagsmith, logger, times, value } = createPollingClient(countRequests, once);
  await flagsmith.ready();
  await clock.advance(50 * hour);
  expect(await value()).toBe(1);
  expect(times()).toEqual([0]);
  expect(flagsmith.status()).toMatchObject({ state: "ready", ageSeconds: 50 * 3600 });
  expect(logger.lines.filter((line) => line.startsWith("info"))).toEqual([
    "info environmentRefreshIntervalSeconds is 0: the environment is loaded once.",
  ]);
  await flagsmith.close();
});

it("updateEnvironment loads the document again, with an interval of 0 as well", async () => {
  const { clock, flagsmith, times, value } = createPollingClient(
    (request, count) => (count === 2 ? status(503) : countRequests(request, count)),
    once,
  );
  await flagsmith.ready();
  await clock.advance(hour);
  await expect(flagsmith.updateEnvironment()).rejects.toMatchObject({ status: 503 });
  await clock.advance(hour);
  expect(await value()).toBe(1);
  expect(flagsmith.status().state).toBe("ready");
  await flagsmith.updateEnvironment();
  await clock.advance(hour);
  expect(await value()).toBe(3);
  expect(times()).toEqual([0, hour, 2 * hour]);
  await flagsmith.close();
});

it("a failed first load is repeated with an interval of 0 as well", async () => {
  const { clock, flagsmith, times, value } = createPollingClient(
    (request, count) => (count < 4 ? status(503) : countRequests(request, count)),
    once,
  );
  await expect(flagsmith.ready()).rejects.toMatchObject({ status: 503 });
  await clock.advance(hour);
  expect(await value()).toBe(4);
  expect(times()).toHaveLength(4);
  await flagsmith.close();
});

it("a document of the storage is confirmed by one load", async () => {
  const storage = memoryStorage();
  const writer = createPollingClient(() => documentResponse("stored"), { storage });
  await writer.flagsmith.ready();
  await writer.flagsmith.close();
  const { clock, flagsmith, times, value } = createPollingClient(countRequests, {
    ...once,
    storage,
  });
  expect(await clock.run(value())).toBe("stored");
  await clock.advance(50 * hour);
  expect(await value()).toBe(1);
  expect(times()).toHaveLength(1);
  await flagsmith.close();
});

it("an isolate loads the document once", async () => {
  const { clock, platform, valueFor } = createIsolate(countRequests, once);
  for (const _request of [1, 2, 3]) {
    expect(await valueFor(createRequest())).toBe(1);
    await clock.advance(10 * hour);
  }
  expect(platform.requests).toHaveLength(1);
});

it("a newer document of the storage is used, without another load", async () => {
  const storage = memoryStorage();
  let value = "old";
  const answer = () => documentResponse(value);
  const {
    clock,
    flagsmith,
    times,
    value: read,
  } = createPollingClient(answer, { ...once, storage });
  await flagsmith.ready();
  await clock.advance(hour);
  value = "new";
  const writer = createPollingClient(answer, { storage });
  await writer.clock.advance(2 * hour);
  await writer.flagsmith.updateEnvironment();
  await writer.flagsmith.close();
  await clock.advance(2 * hour);
  expect(await read()).toBe("new");
  expect(times()).toHaveLength(1);
  await flagsmith.close();
});
