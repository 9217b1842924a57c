import { expect, it } from "vitest";
import { documentResponse } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  deferredResponse,
  fixedRandom,
  hang,
  settle,
} from "../fake-platform.ts";
import { createRequest } from "./fake-isolate.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

it("a load in flight while the process was stopped does not postpone the next one", async () => {
  const { clock, flagsmith, value, changes, times, logger } = createPollingClient(
    (request, count) => (count === 2 ? hang(request) : documentResponse(count)),
  );
  await flagsmith.ready();
  await clock.advance(60_000);
  expect(times()).toHaveLength(2);
  clock.freeze(600_000);
  // The timers that have expired run before the request.
  await clock.advance(0);
  expect(await clock.run(value())).toBe(3);
  await clock.advance(100);
  expect(logger.warnings).toEqual([]);
  expect(logger.lines.filter((line) => line.includes("given up"))).toHaveLength(1);
  expect(changes).toHaveLength(2);
  await flagsmith.close();
});

it("a first response that arrived while the process was stopped is used", async () => {
  const { response, respond } = deferredResponse();
  const { clock, flagsmith, times, logger } = createPollingClient(() => response);
  const ready = flagsmith.ready();
  await settle();
  clock.freeze(600_000);
  // The timers that have expired run before the response is read.
  await clock.advance(0);
  respond(documentResponse("from before"));
  await ready;
  expect(times()).toHaveLength(1);
  expect(logger.warnings).toEqual([]);
  await flagsmith.close();
});

it("a response that arrived while the process was stopped does not make the document fresh", async () => {
  const { response, respond } = deferredResponse();
  const { clock, flagsmith, value, times } = createPollingClient((_request, count) =>
    count === 2 ? response : documentResponse(count),
  );
  await flagsmith.ready();
  await clock.advance(60_000);
  expect(times()).toHaveLength(2);
  clock.freeze(150_000);
  // The response is read before the timers that have expired run.
  respond(documentResponse("from before"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await clock.run(value())).toBe(3);
  await flagsmith.close();
});

it.each([
  ["the same document", 3],
  ["another document", "from before"],
])("a response to an earlier request does not make the document older: %s", async (_name, late) => {
  const { response, respond } = deferredResponse();
  const { clock, flagsmith, value, times } = createPollingClient((_request, count) =>
    count === 2 ? response : documentResponse(count),
  );
  await flagsmith.ready();
  await clock.advance(60_000);
  clock.freeze(150_000);
  expect(await value()).toBe(3);
  const { loadedAt } = flagsmith.status();
  respond(documentResponse(late));
  await settle();
  expect(flagsmith.status()).toMatchObject({ state: "ready", ageSeconds: 0, loadedAt });
  expect(await value()).toBe(3);
  expect(times()).toHaveLength(3);
  await flagsmith.close();
});

it("a load whose deadline has just passed is a failure", async () => {
  const { clock, flagsmith, changes, logger } = createPollingClient((request, count) =>
    count === 2 ? hang(request) : documentResponse(count),
  );
  await flagsmith.ready();
  await clock.advance(60_000);
  await clock.advance(10_000);
  clock.freeze(10_200);
  await clock.advance(0);
  expect(changes.at(-1)).toBe("API_TIMEOUT");
  expect(logger.warnings).toHaveLength(1);
  await flagsmith.close();
});

it("a request keeps a load alive that the timer of a continued process has started", async () => {
  const { response, respond } = deferredResponse();
  const { clock, flagsmith, times } = createPollingClient((_request, count) =>
    count === 2 ? response : documentResponse(count),
  );
  await flagsmith.ready();
  clock.freeze(150_000);
  await clock.advance(0);
  expect(times()).toHaveLength(2);
  const request = createRequest();
  const flags = await flagsmith.forRequest(request).getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe(1);
  expect(request.work).toHaveLength(1);
  respond(documentResponse("new"));
  await Promise.all(request.work);
  expect(flagsmith.currentSnapshot()?.environmentFlags().getFeatureValue("banner")).toBe("new");
  await flagsmith.close();
});
