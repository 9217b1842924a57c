import { describe, expect, it } from "vitest";
import type { ClientStatus, FlagsmithOptions } from "../../src/options/options.ts";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  offlineHandlerWith,
  storageWith,
  updatedAt,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  FakeClock,
  fakePlatform,
  fixedRandom,
  hang,
  json,
  localClient,
  type Responder,
  settle,
  status,
} from "../fake-platform.ts";
import { createRealtimeClient } from "../realtime/fake-realtime.ts";
import { createIsolate, createRequest } from "./fake-isolate.ts";
import { countRequests, createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

const startedAt = "2026-01-01T00:00:00.000Z";

/** Records each reported change: the state and the problem. */
function recordingStatus() {
  const changes: string[] = [];
  const format = ({ state, problem }: ClientStatus) => `${state}${problem ? ` ${problem}` : ""}`;
  let last: string | undefined;
  const onStatusChange = (current: ClientStatus, previous: ClientStatus) => {
    expect(format(previous)).toBe(last ?? format(previous));
    last = format(current);
    changes.push(last);
  };
  return { changes, onStatusChange };
}

/** Responds from a list: `true` is a document, a number is an error status. The last one repeats. */
function answers(...list: readonly (true | number)[]): Responder {
  return (_request, count) => {
    const answer = list[Math.min(count, list.length) - 1] ?? true;
    return answer === true ? documentResponse() : status(answer);
  };
}

function createClient(answer: Responder, options: Partial<FlagsmithOptions> = {}) {
  const { changes, onStatusChange } = recordingStatus();
  return { ...createPollingClient(answer, { onStatusChange, ...options }), reported: changes };
}

describe("the status of local evaluation", () => {
  it("is idle, loading, ready and closed", async () => {
    const { flagsmith, reported } = createClient(countRequests);
    const nothing = {
      problem: undefined,
      source: undefined,
      documentUpdatedAt: undefined,
      ignoredUpdatedAt: undefined,
      loadedAt: undefined,
      ageSeconds: undefined,
      lastError: undefined,
      consecutiveFailures: 0,
      realtime: undefined,
      circuit: undefined,
    };
    expect(flagsmith.status()).toEqual({ ...nothing, state: "idle" });
    const ready = flagsmith.ready();
    expect(flagsmith.status()).toEqual({ ...nothing, state: "loading" });
    await ready;
    expect(flagsmith.status()).toEqual({
      ...nothing,
      state: "ready",
      source: "local",
      documentUpdatedAt: updatedAt,
      loadedAt: startedAt,
      ageSeconds: 0,
    });
    await flagsmith.close();
    await flagsmith.close();
    expect(flagsmith.status()).toMatchObject({ state: "closed", source: "local" });
    expect(reported).toEqual(["loading", "ready", "closed"]);
  });

  it("is closed without a document", async () => {
    const { flagsmith } = createClient(countRequests);
    await flagsmith.close();
    expect(flagsmith.status()).toMatchObject({ state: "closed", source: undefined });
  });

  it("is unavailable after a failed first load, until one succeeds", async () => {
    const { flagsmith, clock, reported } = createClient(answers(503, 500, true));
    await flagsmith.ready().catch(() => undefined);
    const failed = flagsmith.status();
    expect(failed).toMatchObject({ state: "unavailable", problem: "failing" });
    expect(failed).toMatchObject({ consecutiveFailures: 1, source: undefined });
    expect(failed.lastError).toMatchObject({ code: "API_STATUS", status: 503, at: startedAt });
    expect(failed.lastError?.message).toContain("failed with status 503");
    await clock.advance(1000);
    const again = flagsmith.status();
    expect(again).toMatchObject({ state: "unavailable", consecutiveFailures: 2 });
    expect(again.lastError).toMatchObject({ status: 500, at: "2026-01-01T00:00:01.000Z" });
    await clock.advance(10_000);
    const recovered = flagsmith.status();
    expect(recovered).toMatchObject({ state: "ready", problem: undefined, consecutiveFailures: 0 });
    // Kept, for a look at what has happened.
    expect(recovered.lastError).toEqual(again.lastError);
    expect(reported).toEqual(["loading", "unavailable failing", "ready"]);
  });

  it("failing refreshes are a problem at once, and stale after two intervals", async () => {
    const { flagsmith, clock, reported } = createClient(answers(true, 500, 500, 500, true));
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(flagsmith.status()).toMatchObject({
      state: "ready",
      problem: "failing",
      ageSeconds: 60,
    });
    await clock.advance(59_000);
    expect(reported).toEqual(["loading", "ready", "ready failing"]);
    // A timer notices it, without a call.
    await clock.advance(1000);
    expect(reported.at(-1)).toBe("stale failing");
    expect(flagsmith.status()).toMatchObject({ consecutiveFailures: 2, ageSeconds: 120 });
    await clock.advance(120_000);
    // The document is the same.
    expect(reported.slice(2)).toEqual(["ready failing", "stale failing", "ready"]);
    expect(flagsmith.status()).toMatchObject({ state: "ready", ageSeconds: 0 });
  });

  it.each([401, 403])("is unauthorized after a %i, until a load succeeds", async (code) => {
    const { flagsmith, clock, reported } = createClient(answers(true, code, true));
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(flagsmith.status()).toMatchObject({ state: "ready", problem: "unauthorized" });
    expect(flagsmith.status().lastError).toMatchObject({ code: "API_STATUS", status: code });
    await clock.advance(60_000);
    expect(reported.slice(2)).toEqual(["ready unauthorized", "stale unauthorized", "ready"]);
  });

  it("is unauthorized if the runtime denies the permission", async () => {
    const { changes, onStatusChange } = recordingStatus();
    const platform = fakePlatform(
      () => {
        throw new TypeError("not permitted");
      },
      { isPermissionError: () => true },
    );
    const flagsmith = localClient(platform, { onStatusChange });
    await flagsmith.ready().catch(() => undefined);
    expect(changes).toEqual(["loading", "unavailable unauthorized"]);
    expect(flagsmith.status().lastError).toMatchObject({
      code: "PERMISSION_DENIED",
      status: undefined,
    });
  });

  it("a process that was stopped has a stale document until it has loaded again", async () => {
    const { flagsmith, clock, reported } = createClient(countRequests);
    await flagsmith.ready();
    clock.freeze(3_600_000);
    expect(flagsmith.status()).toMatchObject({ state: "stale", problem: undefined });
    expect(flagsmith.status()).toMatchObject({ ageSeconds: 3600 });
    await clock.advance(1000);
    expect(reported).toEqual(["loading", "ready", "stale", "ready"]);
  });

  it("reports the date of an older document that is not used", async () => {
    const answer: Responder = (_request, count) =>
      json(environmentDocument(count, { updated_at: count === 2 ? "2025-01-01" : "2026-01-01" }));
    const { flagsmith } = createClient(answer);
    await flagsmith.ready();
    await flagsmith.updateEnvironment();
    expect(flagsmith.status()).toMatchObject({
      state: "ready",
      documentUpdatedAt: "2026-01-01",
      ignoredUpdatedAt: "2025-01-01",
    });
    await flagsmith.updateEnvironment();
    expect(flagsmith.status().ignoredUpdatedAt).toBeUndefined();
  });

  it("shows whether the realtime stream is open", async () => {
    const { flagsmith, streams, clock } = createRealtimeClient();
    expect(flagsmith.status().realtime).toBe("closed");
    await flagsmith.ready();
    await settle();
    expect(flagsmith.status().realtime).toBe("open");
    streams.opened.at(-1)?.end();
    await settle();
    expect(flagsmith.status().realtime).toBe("closed");
    await clock.advance(10_000);
    expect(flagsmith.status().realtime).toBe("open");
    await flagsmith.close();
    expect(flagsmith.status().realtime).toBe("closed");
  });
});

describe("the status with a stored document", () => {
  it("is stale until the API confirms a record of two intervals", async () => {
    const { flagsmith, reported, clock } = createClient(
      async () => {
        await clock.sleep(500);
        return json(environmentDocument("stored"));
      },
      { storage: storageWith(3_600_000) },
    );
    await clock.run(flagsmith.ready());
    clock.freeze(1);
    expect(reported).toContain("stale");
    await clock.advance(1000);
    expect(flagsmith.status()).toMatchObject({ state: "ready", source: "local" });
    expect(reported.at(-1)).toBe("ready");
  });

  it("shows the true age of a record", async () => {
    const { flagsmith } = createClient(hang, { storage: storageWith(150_000) });
    await flagsmith.ready();
    expect(flagsmith.status()).toMatchObject({
      state: "stale",
      source: "storage",
      ageSeconds: 150,
      loadedAt: "2025-12-31T23:57:30.000Z",
    });
  });

  it("is ready with a record that another process has just loaded", async () => {
    const { flagsmith, platform } = createClient(() => status(500), {
      storage: storageWith(20_000),
    });
    await flagsmith.ready();
    expect(flagsmith.status()).toMatchObject({ state: "ready", ageSeconds: 20 });
    expect(platform.requests).toHaveLength(0);
  });

  it("stays ready while another process keeps the record fresh", async () => {
    const clock = new FakeClock();
    const storage = memoryStorage();
    const leader = localClient(fakePlatform(countRequests, { timers: clock }), { storage });
    await leader.ready();
    await settle();
    const { changes, onStatusChange } = recordingStatus();
    const follower = localClient(
      fakePlatform(() => status(500), { timers: clock }),
      { storage, onStatusChange },
    );
    await follower.ready();
    await clock.advance(600_000);
    expect(changes).toEqual(["loading", "ready"]);
    expect(follower.status()).toMatchObject({ state: "ready", source: "storage" });
  });

  it("a failure is over when another process has reached the API", async () => {
    const clock = new FakeClock();
    const storage = memoryStorage();
    const { changes, onStatusChange } = recordingStatus();
    const options = { storage, onStatusChange, retries: 0 };
    const follower = localClient(fakePlatform(answers(500), { timers: clock }), options);
    await follower.ready().catch(() => undefined);
    expect(changes).toEqual(["loading", "unavailable failing"]);
    const leader = localClient(fakePlatform(countRequests, { timers: clock }), { storage });
    await leader.ready();
    await clock.advance(60_000);
    expect(changes).toEqual(["loading", "unavailable failing", "ready"]);
    expect(follower.status()).toMatchObject({ source: "storage", consecutiveFailures: 0 });
  });

  it("is stale with a bootstrap document until the API confirms it", async () => {
    const { flagsmith, reported, clock } = createClient(
      async () => {
        await clock.sleep(500);
        return documentResponse();
      },
      { bootstrap: environmentDocument() },
    );
    await flagsmith.ready();
    expect(flagsmith.status()).toMatchObject({
      state: "stale",
      ageSeconds: undefined,
      loadedAt: undefined,
      documentUpdatedAt: updatedAt,
    });
    await clock.advance(1000);
    expect(reported).toEqual(["loading", "stale", "ready"]);
  });
});

describe("the status without timers", () => {
  it("changes are noticed at the next call", async () => {
    const { changes, onStatusChange } = recordingStatus();
    const { flagsmith, clock, valueFor } = createIsolate(answers(true, 500, true), {
      onStatusChange,
    });
    const first = createRequest();
    await valueFor(first);
    await Promise.all(first.work);
    expect(changes).toEqual(["loading", "ready"]);
    await clock.advance(70_000);
    const second = createRequest();
    await valueFor(second);
    await Promise.all(second.work);
    expect(changes).toEqual(["loading", "ready", "ready failing"]);
    // During the backoff, calls are answered from memory.
    await clock.advance(51_000);
    expect(changes).toHaveLength(3);
    await flagsmith.getEnvironmentFlags();
    expect(changes.at(-1)).toBe("stale failing");
    await clock.advance(20_000);
    const third = createRequest();
    await valueFor(third);
    await Promise.all(third.work);
    expect(changes.at(-1)).toBe("ready");
  });

  it("a call with a pinned version notices a change, too", async () => {
    const { changes, onStatusChange } = recordingStatus();
    const { flagsmith, clock } = createIsolate(answers(true), { onStatusChange });
    const request = createRequest();
    const scope = flagsmith.forRequest(request);
    await scope.getEnvironmentFlags();
    await Promise.all(request.work);
    await clock.advance(600_000);
    expect(changes).toEqual(["loading", "ready"]);
    await scope.getEnvironmentFlags();
    expect(changes.at(-1)).toBe("stale");
  });

  it("is that of a stored document by its own age", async () => {
    const { changes, onStatusChange } = recordingStatus();
    const storage = storageWith(110_000);
    const { flagsmith, clock } = createIsolate(answers(500), { storage, onStatusChange });
    await flagsmith.getEnvironmentFlags();
    await clock.advance(9_000);
    await flagsmith.getEnvironmentFlags();
    expect(changes.at(-1)).not.toContain("stale");
    await clock.advance(2_000);
    await flagsmith.getEnvironmentFlags();
    expect(changes.at(-1)).toContain("stale");
  });
});

describe("the status of offline mode", () => {
  it("is idle, loading, ready and closed", async () => {
    const { changes, onStatusChange } = recordingStatus();
    const flagsmith = localClient(fakePlatform(), {
      offlineMode: true,
      offlineHandler: offlineHandlerWith(),
      onStatusChange,
    });
    expect(flagsmith.status()).toMatchObject({ state: "idle" });
    await flagsmith.ready();
    expect(flagsmith.status()).toMatchObject({
      state: "ready",
      source: "offline",
      documentUpdatedAt: updatedAt,
      circuit: undefined,
    });
    await flagsmith.close();
    expect(changes).toEqual(["loading", "ready", "closed"]);
  });

  it("is unavailable without a document", async () => {
    const { changes, onStatusChange } = recordingStatus();
    let isBroken = true;
    const flagsmith = localClient(fakePlatform(), {
      offlineMode: true,
      offlineHandler: {
        getEnvironment: () => {
          if (isBroken) throw new Error("no file");
          return environmentDocument();
        },
      },
      onStatusChange,
    });
    await flagsmith.ready().catch(() => undefined);
    expect(flagsmith.status().lastError).toMatchObject({ code: "NO_ENVIRONMENT" });
    isBroken = false;
    await flagsmith.updateEnvironment();
    expect(changes).toEqual(["loading", "unavailable failing", "ready"]);
  });

  it("an offline handler that replaces the API does not change the status", async () => {
    const { flagsmith, value } = createClient(() => status(500), {
      offlineHandler: offlineHandlerWith(),
    });
    expect(await value()).toBe("offline");
    expect(flagsmith.status()).toMatchObject({ state: "unavailable", source: undefined });
  });
});
