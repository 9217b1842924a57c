import { describe, expect, it } from "vitest";
import { createIsolate, createRequest } from "../environment/fake-isolate.ts";
import { countRequests, createPollingClient } from "../environment/polling-client.ts";
import { environmentDocument, offlineHandlerWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  client,
  fakePlatform,
  fixedRandom,
  localClient,
  settle,
  status,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

type Source = Pick<ReturnType<typeof localClient>, "currentSnapshot">;

function readValue(source: Source): unknown {
  return source.currentSnapshot()?.environmentFlags().getFeatureValue("banner");
}

describe("currentSnapshot() with timers", () => {
  it("starts the first load, and returns its document once it is there", async () => {
    const { flagsmith, platform } = createPollingClient(countRequests);
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(platform.requests).toHaveLength(1);
    expect(readValue(flagsmith)).toBe(1);
    expect(flagsmith.currentSnapshot()).toBe(await flagsmith.getSnapshot());
  });

  it("follows the polls, and refreshes an overdue document", async () => {
    const { flagsmith, platform, clock } = createPollingClient(countRequests);
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(readValue(flagsmith)).toBe(2);
    clock.freeze(3_600_000);
    expect(readValue(flagsmith)).toBe(2);
    expect(readValue(flagsmith)).toBe(2);
    await settle();
    expect(platform.requests).toHaveLength(3);
    expect(readValue(flagsmith)).toBe(3);
  });

  it("starts no load during a backoff or after close()", async () => {
    const { flagsmith, platform, clock } = createPollingClient(() => status(500));
    flagsmith.currentSnapshot();
    await settle();
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(platform.requests).toHaveLength(1);
    clock.freeze(20_000);
    await flagsmith.close();
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(platform.requests).toHaveLength(1);
  });

  it("returns the document in memory after close()", async () => {
    const { flagsmith } = createPollingClient(countRequests);
    await flagsmith.ready();
    await flagsmith.close();
    expect(readValue(flagsmith)).toBe(1);
  });

  it("pins the version of a request", async () => {
    const { flagsmith } = createPollingClient(countRequests);
    await flagsmith.ready();
    const request = flagsmith.forRequest();
    expect(readValue(request)).toBe(1);
    await flagsmith.updateEnvironment();
    expect(readValue(request)).toBe(1);
    expect((await request.getEnvironmentFlags()).getFeatureValue("banner")).toBe(1);
    expect(readValue(flagsmith)).toBe(2);
  });

  it("reports what its flags evaluate", async () => {
    const evaluated: unknown[] = [];
    const { flagsmith } = createPollingClient(countRequests, {
      onFlagEvaluated: ({ featureName, value }) => void evaluated.push([featureName, value]),
    });
    await flagsmith.ready();
    readValue(flagsmith);
    expect(evaluated).toEqual([["banner", 1]]);
  });
});

describe("currentSnapshot() without timers", () => {
  it("starts loads with a waitUntil only", async () => {
    const { flagsmith, platform, clock } = createIsolate(countRequests);
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(platform.requests).toHaveLength(0);

    const first = createRequest();
    expect(flagsmith.forRequest(first).currentSnapshot()).toBeUndefined();
    expect(first.work).toHaveLength(1);
    await Promise.all(first.work);
    expect(readValue(flagsmith)).toBe(1);

    await clock.advance(70_000);
    expect(readValue(flagsmith)).toBe(1);
    expect(platform.requests).toHaveLength(1);
    const second = createRequest();
    const request = flagsmith.forRequest(second);
    expect(readValue(request)).toBe(1);
    await Promise.all(second.work);
    expect(platform.requests).toHaveLength(2);
    expect(readValue(request)).toBe(1);
    expect(readValue(flagsmith)).toBe(2);
  });
});

describe("currentSnapshot() in other modes", () => {
  it("is undefined in remote mode, without a request", async () => {
    const platform = fakePlatform();
    expect(client(platform).currentSnapshot()).toBeUndefined();
    expect(client(platform).forRequest().currentSnapshot()).toBeUndefined();
    await settle();
    expect(platform.requests).toHaveLength(0);
  });

  it("calls the offline handler once, and returns its document", async () => {
    const offlineHandler = offlineHandlerWith();
    const flagsmith = localClient(fakePlatform(), { offlineMode: true, offlineHandler });
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(readValue(flagsmith)).toBe("offline");
    expect(offlineHandler.calls).toBe(1);
  });

  it("calls a failed offline handler again", async () => {
    let calls = 0;
    const offlineHandler = {
      getEnvironment: () => {
        calls++;
        if (calls === 1) throw new Error("not yet");
        return environmentDocument("offline");
      },
    };
    const flagsmith = localClient(fakePlatform(), { offlineMode: true, offlineHandler });
    flagsmith.currentSnapshot();
    await settle();
    expect(flagsmith.currentSnapshot()).toBeUndefined();
    await settle();
    expect(readValue(flagsmith)).toBe("offline");
  });

  it("passes the load of the offline handler to waitUntil without timers", async () => {
    const isolate = createIsolate(countRequests, {
      offlineMode: true,
      offlineHandler: offlineHandlerWith(),
    });
    const request = createRequest();
    expect(isolate.flagsmith.currentSnapshot()).toBeUndefined();
    expect(isolate.flagsmith.forRequest(request).currentSnapshot()).toBeUndefined();
    await Promise.all(request.work);
    expect(readValue(isolate.flagsmith)).toBe("offline");
  });
});
