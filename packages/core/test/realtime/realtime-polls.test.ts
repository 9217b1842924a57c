import { describe, expect, it } from "vitest";
import { environmentDocument } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  deferredResponse,
  fixedRandom,
  hang,
  json,
  settle,
  status,
} from "../fake-platform.ts";
import { apiKey, createFollowingClient } from "./fake-realtime.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

describe("polls", () => {
  it("run every five minutes while the stream is open", async () => {
    const { flagsmith, loads, stream, clock } = await createFollowingClient();
    expect(clock.due).toContain(300_000);
    for (let minutes = 0; minutes < 10; minutes++) {
      await clock.advance(60_000);
      stream().send(":\n");
    }
    expect(loads()).toEqual([0, 0, 300_000, 600_000]);
    await flagsmith.close();
  });

  it("run every five minutes if documents have no date", async () => {
    const undated = environmentDocument(1, { api_key: apiKey, updated_at: undefined });
    const { flagsmith, clock } = await createFollowingClient({ documents: () => json(undated) });
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it.each([10, 3600])("keep an interval of %i s that the user set", async (seconds) => {
    const { flagsmith, clock } = await createFollowingClient({
      environmentRefreshIntervalSeconds: seconds,
    });
    expect(clock.due).toContain(seconds * 1000);
    await flagsmith.close();
  });

  it("keep the interval if the project has no realtime updates, with one log", async () => {
    const project = { ...environmentDocument().project, enable_realtime_updates: false };
    const document = environmentDocument(1, { api_key: apiKey, project });
    const { flagsmith, loads, warnings, stream, clock } = await createFollowingClient({
      documents: () => json(document),
    });
    for (let minutes = 0; minutes < 3; minutes++) {
      await clock.advance(60_000);
      stream().send(":\n");
    }
    expect(loads()).toEqual([0, 0, 60_000, 120_000, 180_000]);
    expect(warnings()).toEqual([
      "warn Realtime updates are not enabled for this project: changes are detected by polling.",
    ]);
    await flagsmith.close();
  });

  it("load a document that became overdue while the process was stopped", async () => {
    const { response, respond } = deferredResponse();
    const { flagsmith, stream, value, clock } = await createFollowingClient({
      documents: (_request, count, current) => (count === 3 ? response : current()),
      stream: (_request, count, open) => (count === 1 ? open() : status(503)),
    });
    clock.freeze(3_600_000);
    // The timers that have expired run before the end of the stream is read.
    await clock.advance(0);
    stream().end();
    await settle();
    const waiting = value();
    await settle();
    respond(json(environmentDocument("new", { api_key: apiKey })));
    expect(await waiting).toBe("new");
    await flagsmith.close();
  });

  it("keep the interval until a reopened stream has been open for 20 s", async () => {
    const { flagsmith, loads, stream, served, clock } = await createFollowingClient();
    await clock.advance(30_000);
    stream().end();
    await clock.advance(500);
    expect(loads()).toEqual([0, 0, 30_500]);
    await clock.advance(19_999);
    stream().sendChange(served.put(2, 5));
    await settle();
    expect(loads().slice(3)).toEqual([50_499]);
    expect(clock.due).not.toContain(300_000);
    stream().sendChange(served.put(3, 6));
    await clock.advance(1250);
    expect(loads().slice(4)).toEqual([51_749]);
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it("keep the interval for 20 s after a stream that failed at first has opened", async () => {
    const { flagsmith, loads, clock } = await createFollowingClient({
      stream: (_request, count, respond) => (count === 1 ? status(503) : respond()),
    });
    await clock.advance(500);
    expect(loads()).toEqual([0, 500]);
    expect(clock.due).not.toContain(300_000);
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 500, 60_500]);
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it("run within an interval if the clock was set back before a loss", async () => {
    const { flagsmith, loads, stream, clock } = await createFollowingClient({
      stream: (request, count, respond) => (count === 1 ? respond() : hang(request)),
    });
    clock.setBack(24 * 3_600_000);
    stream().break();
    await clock.advance(60_000);
    expect(loads()).toHaveLength(3);
    await flagsmith.close();
  });

  it("are jittered by ten per cent", async () => {
    random.value = 1;
    const { flagsmith, clock } = await createFollowingClient();
    expect(clock.due).toContain(330_000);
    await flagsmith.close();
  });

  it("return to the interval, from the last load, when the stream is lost", async () => {
    const { flagsmith, loads, stream, clock } = await createFollowingClient({
      stream: (request, count, respond) => (count === 1 ? respond() : hang(request)),
    });
    await clock.advance(40_000);
    stream().break();
    await clock.advance(19_000);
    expect(loads()).toEqual([0, 0]);
    await clock.advance(1000);
    expect(loads()).toEqual([0, 0, 60_000]);
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 0, 60_000, 120_000]);
    await flagsmith.close();
  });

  it("are spread over an interval if overdue when the stream is lost", async () => {
    random.value = 0.25;
    const { flagsmith, loads, stream, clock } = await createFollowingClient({
      stream: (request, count, respond) => (count === 1 ? respond() : hang(request)),
      realtimeTimeoutSeconds: 400,
    });
    await clock.advance(200_000);
    stream().break();
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 0, 200_000 + 15_000]);
    await flagsmith.close();
  });

  it("keep the interval while loads fail, even with an open stream", async () => {
    const { flagsmith, loads, stream, clock } = await createFollowingClient({
      documents: (_request, count, respond) => (count === 1 ? respond() : status(500)),
    });
    for (let count = 0; count < 3; count++) {
      await clock.advance(60_000);
      stream().send(":\n");
    }
    expect(loads()).toEqual([0, 0, 60_000, 120_000, 180_000]);
    await flagsmith.close();
  });
});
