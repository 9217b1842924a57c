import { expect, it } from "vitest";
import { environmentDocument, memoryStorage, ownKey } from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, json, type Responder } from "../fake-platform.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

const minute = 60_000;

function createDocument(value: string, seconds: number, more: object = {}): Response {
  return json(
    environmentDocument(value, {
      updated_at: new Date(Date.UTC(2025, 0, 1) + seconds * 1000).toISOString(),
      ...more,
    }),
  );
}

it("a lagging replica causes no step backwards", async () => {
  const { clock, value, flagsmith } = createPollingClient((_request, count) =>
    count % 3 === 0 ? createDocument("new", 5) : createDocument(count < 3 ? "old" : "old again", 0),
  );
  await flagsmith.ready();
  const values = new Set<unknown>();
  await clock.advance(2 * minute);
  for (let count = 0; count < 30; count++) {
    values.add(await value());
    await clock.advance(minute);
  }
  expect([...values]).toEqual(["new"]);
  await flagsmith.close();
});

it("an older document is not stored", async () => {
  const storage = memoryStorage();
  const { flagsmith } = createPollingClient(
    (_request, count) => (count === 1 ? createDocument("new", 5) : createDocument("old", 0)),
    { storage },
  );
  await flagsmith.updateEnvironment();
  await flagsmith.updateEnvironment();
  expect(flagsmith.status().ignoredUpdatedAt).toBe("2025-01-01T00:00:00.000Z");
  expect(storage.map.get(ownKey)).toContain('"new"');
  await flagsmith.close();
});

it("a restored database is adopted after five minutes, without writes before", async () => {
  let answer: Responder = () => createDocument("new", 5);
  const { clock, value, flagsmith, logger } = createPollingClient((...args) => answer(...args));
  await flagsmith.ready();
  answer = () => createDocument("restored", 0);
  await clock.advance(5 * minute);
  expect(await value()).toBe("new");
  await clock.advance(minute);
  expect(await value()).toBe("restored");
  expect(logger.lines.filter((line) => line.includes("older"))).toHaveLength(1);
  await flagsmith.close();
});

it("updateEnvironment() adopts an older document only with acceptOlder", async () => {
  const { value, flagsmith } = createPollingClient((_request, count) =>
    count === 1 ? createDocument("new", 5) : createDocument("restored", 0),
  );
  await flagsmith.ready();
  await flagsmith.updateEnvironment();
  expect(await value()).toBe("new");
  await flagsmith.updateEnvironment({ acceptOlder: true });
  expect(await value()).toBe("restored");
  await flagsmith.close();
});

it.each([{ api_key: "other" }, { id: 2 }])(
  "a document of another environment is rejected and reported (%j)",
  async (more) => {
    const { clock, value, flagsmith, changes, logger } = createPollingClient((_request, count) =>
      count === 1 ? createDocument("mine", 0) : createDocument("other", 5, more),
    );
    await flagsmith.ready();
    await clock.advance(minute);
    expect(await value()).toBe("mine");
    expect(changes.at(-1)).toBe("INVALID_RESPONSE");
    expect(flagsmith.status().lastError?.status).toBe(200);
    expect(logger.warnings.at(-1)).toContain("the document of another environment");
    await flagsmith.close();
  },
);
