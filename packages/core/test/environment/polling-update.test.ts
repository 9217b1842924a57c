import { describe, expect, it } from "vitest";
import { documentResponse, updatedAt } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  fixedRandom,
  hang,
  settle,
  status,
} from "../fake-platform.ts";
import { createManualApi, createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("updateEnvironment", () => {
  it("loads immediately and reschedules the poll", async () => {
    const { clock, flagsmith, times, value } = createPollingClient((_request, count) =>
      documentResponse(count),
    );
    await flagsmith.ready();
    await clock.advance(50_000);
    await flagsmith.updateEnvironment();
    expect(await value()).toBe(2);
    await clock.advance(60_000);
    expect(times()).toEqual([0, 50_000, 110_000]);
  });

  it("loads again after a load in flight, once for concurrent callers", async () => {
    const { answer, respond } = createManualApi();
    const { platform, flagsmith, value } = createPollingClient(answer);
    const ready = flagsmith.ready();
    await settle();
    const updates = [flagsmith.updateEnvironment(), flagsmith.updateEnvironment()];
    await settle();
    expect(platform.requests).toHaveLength(1);
    respond(0, documentResponse("old"));
    await ready;
    await settle();
    expect(platform.requests).toHaveLength(2);
    expect(await value()).toBe("old");
    respond(1, documentResponse("new"));
    await Promise.all(updates);
    expect(await value()).toBe("new");
    expect(platform.requests).toHaveLength(2);
  });

  it("rejects if the load fails, and keeps the document", async () => {
    const { clock, flagsmith, value, changes } = createPollingClient((_request, count) =>
      count === 1 ? documentResponse() : status(500),
    );
    await flagsmith.ready();
    expect(await catchError(flagsmith.updateEnvironment())).toMatchObject({ status: 500 });
    expect(await value()).toBe("api");
    expect(changes).toEqual([`new ${updatedAt}`, "API_STATUS"]);
    expect(clock.due).toEqual([60_000]);
  });

  it("rejects at its deadline, even if there is a document", async () => {
    const { clock, flagsmith, value } = createPollingClient(
      (request, count) => (count === 1 ? documentResponse() : hang(request)),
      { requestTimeoutSeconds: 30, requestDeadlineSeconds: 20 },
    );
    await flagsmith.ready();
    const startedAt = clock.now();
    const error = await clock.run(catchError(flagsmith.updateEnvironment()));
    expect(error.code).toBe("API_TIMEOUT");
    expect(clock.now() - startedAt).toBe(20_000);
    expect(await value()).toBe("api");
  });

  it("rejects at its deadline if the previous load used most of it", async () => {
    const { platform, clock, flagsmith } = createPollingClient(hang, {
      requestTimeoutSeconds: 20,
      requestDeadlineSeconds: 20,
    });
    const first = catchError(flagsmith.ready());
    await clock.advance(15_000);
    const startedAt = clock.now();
    const update = catchError(flagsmith.updateEnvironment());
    expect((await clock.run(update)).code).toBe("API_TIMEOUT");
    expect(clock.now() - startedAt).toBe(20_000);
    expect((await first).code).toBe("API_TIMEOUT");
    expect(platform.requests.map(({ at }) => at)).toEqual([0, 20_000]);
  });

  it("rejects with the abort reason while the load continues", async () => {
    const { answer, respond } = createManualApi();
    const { flagsmith, value } = createPollingClient(answer);
    const controller = new AbortController();
    const update = flagsmith.updateEnvironment({ signal: controller.signal });
    const outcome = expect(update).rejects.toBe("enough");
    await settle();
    controller.abort("enough");
    await outcome;
    respond(0, documentResponse());
    await settle();
    expect(await value()).toBe("api");
  });

  it("recovers from a failed first load without waiting for the backoff", async () => {
    const { clock, flagsmith, value } = createPollingClient((_request, count) =>
      count === 1 ? status(500) : documentResponse(),
    );
    await catchError(flagsmith.ready());
    await flagsmith.updateEnvironment();
    expect(await value()).toBe("api");
    expect(clock.due).toEqual([60_000]);
  });
});
