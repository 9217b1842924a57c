import { describe, expect, it } from "vitest";
import {
  documentAnswer,
  environmentDocument,
  memoryStorage,
  recordingChanges,
  updatedAt,
} from "../fake-environment.ts";
import {
  type Answer,
  allowNoUnhandledRejection,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
} from "../fake-platform.ts";
import { isolate } from "./fake-isolate.ts";

allowNoUnhandledRejection();
fixedRandom();

const minute = 60_000;
const told = `new ${updatedAt}`;

/** A server that answers no request by a 304; the document has the date of the others, whatever it says. */
function sends(...values: readonly unknown[]): Answer {
  return (_request, count) => documentAnswer(values[Math.min(count, values.length) - 1]);
}

function polled(answer: Answer) {
  const platform = fakePlatform(answer);
  const { changes, onEnvironmentChange } = recordingChanges();
  const storage = memoryStorage();
  const flagsmith = localClient(platform, { onEnvironmentChange, storage });
  const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
  return { flagsmith, clock: platform.clock, changes, storage, value };
}

describe("a document that is sent again", () => {
  it("is no change: it is reported and stored once", async () => {
    const { flagsmith, clock, changes, storage } = polled(sends("same"));
    await flagsmith.ready();
    await clock.advance(5 * minute);
    expect(storage.writes).toHaveLength(1);
    await flagsmith.updateEnvironment();
    expect(changes).toEqual([told]);
    await flagsmith.close();
  });

  it("is one where another came in between", async () => {
    const { flagsmith, clock, changes, value } = polled(sends("old", "new", "old"));
    const seen = [await value()];
    for (let count = 0; count < 3; count++) {
      await clock.advance(minute);
      seen.push(await value());
    }
    expect(seen).toEqual(["old", "new", "old", "old"]);
    expect(changes).toEqual([told, told, told]);
    await flagsmith.close();
  });

  it("is one where it differs in what has no date", async () => {
    const { flagsmith, clock, changes, value } = polled((_request, count) =>
      json(environmentDocument(count === 1 ? "old" : "new", { updated_at: updatedAt })),
    );
    await flagsmith.ready();
    await clock.advance(2 * minute);
    expect([await value(), changes]).toEqual(["new", [told, told]]);
    await flagsmith.close();
  });

  it("is no change to an isolate, whose store is told that it is still good", async () => {
    const { changes, onEnvironmentChange } = recordingChanges();
    const storage = memoryStorage();
    const { flagsmith, clock, value } = isolate(sends("same"), { onEnvironmentChange, storage });
    await value();
    for (let count = 0; count < 3; count++) {
      await clock.advance(minute);
      await value();
    }
    await flagsmith.updateEnvironment();
    expect(changes).toEqual([told]);
    const fetchedAt = storage.writes.map(({ value }) => JSON.parse(value).fetchedAt);
    expect(fetchedAt.length).toBeGreaterThan(2);
    expect(fetchedAt.at(-1)).toBe(clock.now());
  });
});
