import { describe, expect, it } from "vitest";
import type { LoadDocument } from "../../src/api/document-api.ts";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  storageWith,
  updatedAt,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  fixedRandom,
  hang,
  hangDeaf,
  settle,
  status,
} from "../fake-platform.ts";
import {
  countRequests,
  createManualApi,
  createPollingClient,
  createPollingEnvironment,
  endlessCall,
} from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("close", () => {
  it("stops polling and keeps answering from memory", async () => {
    const { platform, clock, flagsmith, value } = createPollingClient(countRequests);
    await flagsmith.ready();
    await flagsmith.close();
    await flagsmith.close();
    expect(clock.pending).toBe(0);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(1);
    expect(await value()).toBe(1);
    await flagsmith.ready();
    expect(await flagsmith.getIdentitySegments("u", { plan: "gold" })).toHaveLength(1);
    expect((await flagsmith.getSnapshot()).updatedAt).toBe(updatedAt);
    expect((await catchError(flagsmith.updateEnvironment())).code).toBe("CLOSED");
    expect(platform.requests).toHaveLength(1);
  });

  it("makes every call fail with CLOSED if nothing was loaded", async () => {
    const { platform, clock, flagsmith } = createPollingClient(countRequests, {
      defaultFlagHandler: () => ({ enabled: true }),
    });
    await flagsmith.close();
    for (const call of [
      () => flagsmith.getEnvironmentFlags(),
      () => flagsmith.getIdentityFlags("user"),
      () => flagsmith.getIdentitySegments("user"),
      () => flagsmith.getSnapshot(),
      () => flagsmith.ready(),
      () => flagsmith.updateEnvironment(),
    ]) {
      expect((await catchError(call)).code).toBe("CLOSED");
    }
    expect(platform.requests).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("stops the retries of a failed first load", async () => {
    const { platform, clock, flagsmith } = createPollingClient(() => status(500));
    await catchError(flagsmith.ready());
    await flagsmith.close();
    expect(clock.pending).toBe(0);
    expect((await catchError(flagsmith.getEnvironmentFlags())).code).toBe("CLOSED");
    expect(platform.requests).toHaveLength(1);
  });

  it.each([
    ["heeds its signal", hang],
    ["ignores its signal", hangDeaf],
  ])("aborts a load in flight whose fetch %s", async (_name, answer) => {
    const { platform, clock, flagsmith, changes, logger } = createPollingClient(answer);
    const calls = Promise.all([
      catchError(flagsmith.getEnvironmentFlags()),
      catchError(flagsmith.ready()),
      catchError(flagsmith.updateEnvironment()),
    ]);
    await settle();
    expect(platform.requests[0]?.signal?.aborted).toBe(false);
    await flagsmith.close();
    expect((await calls).map(({ code }) => code)).toEqual(["CLOSED", "CLOSED", "CLOSED"]);
    expect(platform.requests[0]?.signal?.aborted).toBe(true);
    await settle();
    expect(clock.pending).toBe(0);
    expect(platform.requests).toHaveLength(1);
    expect([changes, logger.warnings, logger.errors]).toEqual([[], [], []]);
  });

  it("aborts a poll in flight and keeps the document", async () => {
    const { platform, clock, flagsmith, value, changes } = createPollingClient((request, count) =>
      count === 1 ? documentResponse() : hang(request),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    const update = catchError(flagsmith.updateEnvironment());
    await settle();
    await flagsmith.close();
    expect((await update).code).toBe("CLOSED");
    expect(clock.pending).toBe(0);
    expect(platform.requests).toHaveLength(2);
    expect(await value()).toBe("api");
    expect(changes).toEqual([`new ${updatedAt}`]);
  });

  it("ignores a response that arrives afterwards", async () => {
    const { answer, respond } = createManualApi();
    const storage = memoryStorage();
    const { clock, flagsmith, changes } = createPollingClient(answer, { storage });
    const call = catchError(flagsmith.getEnvironmentFlags());
    await settle();
    await flagsmith.close();
    respond(0, documentResponse());
    expect((await call).code).toBe("CLOSED");
    await settle();
    expect([changes, storage.writes, clock.pending]).toEqual([[], [], 0]);
    expect((await catchError(flagsmith.getEnvironmentFlags())).code).toBe("CLOSED");
  });

  it("ignores a document that loads in spite of the abort", async () => {
    let resolveLoad = (_response: Awaited<ReturnType<LoadDocument>>) => {};
    const { clock, storage, onChange, provider } = createPollingEnvironment(
      () =>
        new Promise((resolve) => {
          resolveLoad = resolve;
        }),
    );
    const ready = catchError(provider.ready(endlessCall));
    await settle();
    provider.close();
    const document = environmentDocument();
    resolveLoad({ document, text: "{}", sentAt: 0 });
    expect((await ready).code).toBe("CLOSED");
    expect(provider.current()).toBeUndefined();
    expect(onChange).not.toHaveBeenCalled();
    expect([storage.writes, clock.pending]).toEqual([[], 0]);
  });

  it("uses a stale stored document if the API has not responded", async () => {
    const { flagsmith, value } = createPollingClient(hang, { storage: storageWith(3_600_000) });
    const call = flagsmith.getEnvironmentFlags();
    await settle();
    await flagsmith.close();
    expect((await call).getFeatureValue("banner")).toBe("stored");
    expect(await value()).toBe("stored");
  });

  it("can be called by onEnvironmentChange", async () => {
    const { clock, flagsmith, platform } = createPollingClient(countRequests, {
      onEnvironmentChange: () => void flagsmith.close(),
    });
    await flagsmith.ready();
    expect(clock.pending).toBe(0);
    await clock.advance(120_000);
    expect(platform.requests).toHaveLength(1);
  });

  it("does not wait for a storage that hangs", async () => {
    const { clock, flagsmith, platform, logger } = createPollingClient(countRequests, {
      storage: { getItem: () => new Promise(() => undefined) },
    });
    const call = catchError(flagsmith.getEnvironmentFlags());
    await settle();
    await flagsmith.close();
    expect((await call).code).toBe("CLOSED");
    expect([clock.pending, platform.requests, logger.warnings]).toEqual([0, [], []]);
  });
});
