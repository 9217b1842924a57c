import { describe, expect, it } from "vitest";
import { environmentDocument } from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, json, settle, status } from "../fake-platform.ts";
import { apiKey, changedAt, createFollowingClient, toIsoDate } from "./fake-realtime.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("a document that is older than its event", () => {
  it("is loaded again after 1, 2, 4 and 8 s, with jitter, until it is as new", async () => {
    const { flagsmith, loads, stream, served, value, clock } = await createFollowingClient();
    stream().sendChange(changedAt + 5);
    await clock.advance(8749);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750]);
    served.put(2, 5);
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is left to the polls after five loads, with one warning", async () => {
    const { flagsmith, loads, stream, served, clock, warnings, value } =
      await createFollowingClient();
    stream().sendChange(changedAt + 5);
    await clock.advance(20_000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    expect(warnings()).toEqual([
      "warn The API does not return an announced change yet; the next poll will.",
    ]);
    await clock.advance(5000);
    stream().sendChange(changedAt + 5);
    await clock.advance(20_000);
    expect(loads().slice(7)).toEqual([25_000, 26_250, 28_750, 33_750, 43_750]);
    expect(warnings()).toHaveLength(1);
    served.put(2, 5);
    await clock.advance(60_000);
    expect(loads().slice(12)).toEqual([103_750]);
    expect(await value()).toBe(2);
    // The next poll is a safety poll again.
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it("is not loaded more often for older events", async () => {
    const { flagsmith, loads, stream, clock } = await createFollowingClient();
    stream().sendChange(changedAt + 5);
    for (let count = 0; count < 20; count++) {
      await clock.advance(1000);
      stream().sendChange(changedAt + 1);
      stream().sendChange(changedAt + 5);
    }
    expect(loads().slice(0, 7)).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    await flagsmith.close();
  });

  it("restarts the retry sequence when a newer event arrives", async () => {
    const { flagsmith, loads, stream, clock, warnings } = await createFollowingClient();
    stream().sendChange(changedAt + 5);
    await clock.advance(18_000);
    stream().sendChange(changedAt + 6);
    await clock.advance(1000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    expect(warnings()).toEqual([]);
    await clock.advance(1000);
    expect(loads().slice(7)).toEqual([20_000]);
    await flagsmith.close();
  });

  it("is left to the polls even if an older event is loaded afterwards", async () => {
    const { flagsmith, loads, stream, served, clock, value } = await createFollowingClient();
    stream().sendChange(changedAt + 5);
    await clock.advance(20_000);
    stream().sendChange(served.put(2, 4));
    await clock.advance(30_000);
    // The older event costs one load. The newer one stays abandoned.
    expect(loads().slice(7)).toEqual([20_000]);
    expect(await value()).toBe(2);
    served.put(3, 5);
    await clock.advance(30_000);
    expect(loads().slice(8)).toEqual([80_000]);
    expect(await value()).toBe(3);
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it("is loaded even if an older event follows its failed load", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await createFollowingClient({
      documents: (_request, count, respond) =>
        count === 3
          ? status(500)
          : count === 4
            ? json(
                environmentDocument(2, { api_key: apiKey, updated_at: toIsoDate(changedAt + 4) }),
              )
            : respond(),
    });
    stream().sendChange(served.put(3, 5));
    await settle();
    stream().sendChange(changedAt + 4);
    await clock.advance(4000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750]);
    expect(await value()).toBe(3);
    await flagsmith.close();
  });

  it("is loaded five times even if the first load failed", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await createFollowingClient({
      documents: (_request, count, respond) => (count === 3 ? status(500) : respond()),
    });
    stream().sendChange(changedAt + 5);
    await clock.advance(62_000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    served.put(2, 5);
    await clock.advance(20_000);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is loaded again after a second if a load fails", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await createFollowingClient({
      documents: (_request, count, respond) => (count === 3 ? status(500) : respond()),
    });
    stream().sendChange(served.put(2, 5));
    await clock.advance(1249);
    expect(await value()).toBe(1);
    await clock.advance(1);
    expect(loads()).toEqual([0, 0, 0, 1250]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is left to the polls if loads keep failing", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await createFollowingClient({
      documents: (_request, count, respond) => (count > 2 && count < 8 ? status(500) : respond()),
    });
    stream().sendChange(served.put(2, 5));
    await clock.advance(59_000);
    expect(loads().length).toBeLessThan(9);
    await clock.advance(61_000);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is not loaded before Retry-After has passed, even for newer events", async () => {
    const { flagsmith, loads, stream, clock, value, served, warnings } =
      await createFollowingClient({
        documents: (_request, count, respond) =>
          count === 3 ? status(429, { "Retry-After": "120" }) : respond(),
      });
    stream().sendChange(served.put(2, 5));
    await clock.advance(10_000);
    stream().sendChange(served.put(3, 6));
    await clock.advance(100_000);
    expect(loads()).toEqual([0, 0, 0]);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0, 0, 120_000]);
    // Loads that were not sent do not count as loads without the change.
    expect(warnings()).toEqual([
      expect.stringContaining("failed with status 429"),
      "info The environment is loaded again.",
    ]);
    expect(await value()).toBe(3);
    await flagsmith.close();
  });
});

describe("an event with a date that no document reaches", () => {
  const farFuture = changedAt + 1e9;

  it("is forgotten by the first poll after it was abandoned", async () => {
    const { flagsmith, loads, stream, clock } = await createFollowingClient();
    stream().sendChange(farFuture);
    await clock.advance(20_000);
    expect(loads()).toHaveLength(7);
    expect(clock.due).toContain(60_000 - 1250);
    await clock.advance(60_000);
    expect(loads().slice(7)).toEqual([78_750]);
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it("is not forgotten by a poll that fails", async () => {
    const { flagsmith, loads, stream, clock } = await createFollowingClient({
      documents: (_request, count, respond) => (count === 8 ? status(500) : respond()),
      realtimeTimeoutSeconds: 3600,
    });
    stream().sendChange(farFuture);
    await clock.advance(80_000);
    expect(loads().slice(7)).toEqual([78_750]);
    await clock.advance(60_000);
    expect(loads().slice(8)).toEqual([138_750]);
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it.each([
    ["while it is loaded", 10_000, 8750],
    ["after it was abandoned", 20_000, 0],
    ["after it was forgotten", 80_000, 0],
  ])("does not hide a change announced %s", async (_name, announcedAtMs, loadedAfterMs) => {
    const { flagsmith, loads, stream, served, clock, value } = await createFollowingClient();
    stream().sendChange(farFuture);
    await clock.advance(announcedAtMs);
    const { length } = loads();
    stream().sendChange(served.put(2, 5));
    await clock.advance(loadedAfterMs);
    expect(await value()).toBe(2);
    expect(loads()).toHaveLength(length + 1);
    stream().sendChange(served.put(3, 6));
    await clock.advance(1250);
    expect(await value()).toBe(3);
    expect(loads()).toHaveLength(length + 2);
    await flagsmith.close();
  });

  it("hides changes only until the next poll if documents have no date", async () => {
    const undated = { updated_at: undefined };
    const { flagsmith, stream, served, clock, value } = await createFollowingClient({
      realtimeTimeoutSeconds: 3600,
    });
    served.put(2, 0, undated);
    await flagsmith.updateEnvironment();
    stream().sendChange(farFuture);
    await clock.advance(300_000);
    stream().sendChange(served.put(3, 5, undated) + 5);
    await settle();
    expect(await value()).toBe(3);
    await flagsmith.close();
  });
});
