import { describe, expect, it } from "vitest";
import { environmentDocument } from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, json, settle, status } from "../fake-platform.ts";
import { apiKey, dateOf, following, toldAt } from "./fake-realtime.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("a document that lags behind its event", () => {
  it("is loaded again after 1, 2, 4 and 8 s, or half as much more, until it is as new", async () => {
    const { flagsmith, loads, stream, served, value, clock } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(8749);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750]);
    served.put(2, 5);
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is given up after five loads, said once, and left to the polls at their usual pace", async () => {
    const { flagsmith, loads, stream, served, clock, warnings, value } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(20_000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    expect(warnings()).toEqual([
      "warn Flagsmith announced a change that the API does not return yet; the next poll will pick it up.",
    ]);
    await clock.advance(5000);
    stream().tell(toldAt + 5);
    await clock.advance(20_000);
    expect(loads().slice(7)).toEqual([25_000, 26_250, 28_750, 33_750, 43_750]);
    expect(warnings()).toHaveLength(1);
    served.put(2, 5);
    await clock.advance(60_000);
    expect(loads().slice(12)).toEqual([103_750]);
    expect(await value()).toBe(2);
    // All is well again: the next poll only makes sure.
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it("is not loaded more often because older changes are told again and again", async () => {
    const { flagsmith, loads, stream, clock } = await following();
    stream().tell(toldAt + 5);
    for (let count = 0; count < 20; count++) {
      await clock.advance(1000);
      stream().tell(toldAt + 1);
      stream().tell(toldAt + 5);
    }
    expect(loads().slice(0, 7)).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    await flagsmith.close();
  });

  it("is awaited anew for a newer event, and no sooner", async () => {
    const { flagsmith, loads, stream, clock, warnings } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(18_000);
    stream().tell(toldAt + 6);
    await clock.advance(1000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    expect(warnings()).toEqual([]);
    await clock.advance(1000);
    expect(loads().slice(7)).toEqual([20_000]);
    await flagsmith.close();
  });

  it("is awaited by the polls though an older change is told, and loaded, after it was given up", async () => {
    const { flagsmith, loads, stream, served, clock, value } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(20_000);
    stream().tell(served.put(2, 4));
    await clock.advance(30_000);
    // The older one costs one load, and nobody asks for the newer one again.
    expect(loads().slice(7)).toEqual([20_000]);
    expect(await value()).toBe(2);
    served.put(3, 5);
    await clock.advance(30_000);
    expect(loads().slice(8)).toEqual([80_000]);
    expect(await value()).toBe(3);
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it("is loaded though an older change is told after its load had failed", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) =>
        count === 3
          ? status(500)
          : count === 4
            ? json(environmentDocument(2, { api_key: apiKey, updated_at: dateOf(toldAt + 4) }))
            : usual(),
    });
    stream().tell(served.put(3, 5));
    await settle();
    stream().tell(toldAt + 4);
    await clock.advance(4000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750]);
    expect(await value()).toBe(3);
    await flagsmith.close();
  });

  it("is loaded again and again, to a limit, though the first load has failed", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) => (count === 3 ? status(500) : usual()),
    });
    stream().tell(toldAt + 5);
    await clock.advance(62_000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    served.put(2, 5);
    await clock.advance(20_000);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is loaded again soon where a load fails", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) => (count === 3 ? status(500) : usual()),
    });
    stream().tell(served.put(2, 5));
    await clock.advance(1249);
    expect(await value()).toBe(1);
    await clock.advance(1);
    expect(loads()).toEqual([0, 0, 0, 1250]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is left to the polls where loads go on failing", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) => (count > 2 && count < 8 ? status(500) : usual()),
    });
    stream().tell(served.put(2, 5));
    await clock.advance(59_000);
    expect(loads().length).toBeLessThan(9);
    await clock.advance(61_000);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is not asked for before the API's Retry-After, whatever is told meanwhile", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) =>
        count === 3 ? status(429, { "Retry-After": "120" }) : usual(),
    });
    stream().tell(served.put(2, 5));
    await clock.advance(10_000);
    stream().tell(served.put(3, 6));
    await clock.advance(100_000);
    expect(loads()).toEqual([0, 0, 0]);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0, 0, 120_000]);
    expect(await value()).toBe(3);
    await flagsmith.close();
  });
});

describe("a date that no document will ever have", () => {
  const farFuture = toldAt + 1e9;

  it("is forgotten by the first poll after it was given up", async () => {
    const { flagsmith, loads, stream, clock } = await following();
    stream().tell(farFuture);
    await clock.advance(20_000);
    expect(loads()).toHaveLength(7);
    expect(clock.due).toContain(60_000 - 1250);
    await clock.advance(60_000);
    expect(loads().slice(7)).toEqual([78_750]);
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it("is not forgotten by a poll that fails", async () => {
    const { flagsmith, loads, stream, clock } = await following({
      documents: (_request, count, usual) => (count === 8 ? status(500) : usual()),
      realtimeTimeoutSeconds: 3600,
    });
    stream().tell(farFuture);
    await clock.advance(80_000);
    expect(loads().slice(7)).toEqual([78_750]);
    await clock.advance(60_000);
    expect(loads().slice(8)).toEqual([138_750]);
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it.each([
    ["while it is awaited", 10_000, 8750],
    ["once it was given up", 20_000, 0],
    ["once it was forgotten", 80_000, 0],
  ])("hides no change that is told %s", async (_name, toldAtMs, loadedAfterMs) => {
    const { flagsmith, loads, stream, served, clock, value } = await following();
    stream().tell(farFuture);
    await clock.advance(toldAtMs);
    const { length } = loads();
    stream().tell(served.put(2, 5));
    await clock.advance(loadedAfterMs);
    expect(await value()).toBe(2);
    expect(loads()).toHaveLength(length + 1);
    stream().tell(served.put(3, 6));
    await clock.advance(1250);
    expect(await value()).toBe(3);
    expect(loads()).toHaveLength(length + 2);
    await flagsmith.close();
  });

  it("hides no change for longer than to the next poll where documents have no date", async () => {
    const undated = { updated_at: undefined };
    const { flagsmith, stream, served, clock, value } = await following({
      realtimeTimeoutSeconds: 3600,
    });
    served.put(2, 0, undated);
    await flagsmith.updateEnvironment();
    stream().tell(farFuture);
    await clock.advance(300_000);
    stream().tell(served.put(3, 5, undated) + 5);
    await settle();
    expect(await value()).toBe(3);
    await flagsmith.close();
  });
});
