import { describe, expect, it, vi } from "vitest";
import { DocumentCompiler } from "../../src/environment/environment.ts";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  ownKey,
  recordingChanges,
  updatedAt,
} from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, json, type Responder } from "../fake-platform.ts";
import { createIsolate } from "./fake-isolate.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

const minute = 60_000;
const reported = `new ${updatedAt}`;

/** A server without conditional requests, whose documents all have the same date. */
function respondWith(...values: readonly unknown[]): Responder {
  return (_request, count) => documentResponse(values[Math.min(count, values.length) - 1]);
}

describe("a document that is returned again", () => {
  it("is reported and stored once, and its lease is renewed", async () => {
    const storage = memoryStorage();
    const { flagsmith, clock, changes } = createPollingClient(respondWith("same"), { storage });
    await flagsmith.ready();
    await clock.advance(5 * minute);
    const keys = storage.writes.map(({ key }) => key);
    expect(keys).toEqual([ownKey, ...Array(6).fill(`${ownKey}-lease`)]);
    await flagsmith.updateEnvironment();
    expect(changes).toEqual([reported]);
    await flagsmith.close();
  });

  it("is compiled once", async () => {
    const compile = vi.spyOn(DocumentCompiler.prototype, "compile");
    const { flagsmith, clock } = createPollingClient(respondWith("same"));
    await flagsmith.ready();
    await clock.advance(5 * minute);
    expect(compile).toHaveBeenCalledOnce();
    await flagsmith.close();
  });

  it("is reported if another document came in between", async () => {
    const { flagsmith, clock, changes, value } = createPollingClient(
      respondWith("old", "new", "old"),
    );
    const values = [await value()];
    for (let count = 0; count < 3; count++) {
      await clock.advance(minute);
      values.push(await value());
    }
    expect(values).toEqual(["old", "new", "old", "old"]);
    expect(changes).toEqual([reported, reported, reported]);
    await flagsmith.close();
  });

  it("is reported if it changed without a new date", async () => {
    const { flagsmith, clock, changes, value } = createPollingClient((_request, count) =>
      json(environmentDocument(count === 1 ? "old" : "new", { updated_at: updatedAt })),
    );
    await flagsmith.ready();
    await clock.advance(2 * minute);
    expect([await value(), changes]).toEqual(["new", [reported, reported]]);
    await flagsmith.close();
  });

  it("is reported once by an isolate, which renews its lease", async () => {
    const { changes, onEnvironmentChange } = recordingChanges();
    const storage = memoryStorage();
    const { flagsmith, clock, value } = createIsolate(respondWith("same"), {
      onEnvironmentChange,
      storage,
    });
    await value();
    for (let count = 0; count < 3; count++) {
      await clock.advance(minute);
      await value();
    }
    await flagsmith.updateEnvironment();
    expect(changes).toEqual([reported]);
    const leases = storage.writes.filter(({ key }) => key !== ownKey);
    const fetchedAt = leases.map(({ value }) => JSON.parse(value).fetchedAt);
    expect(storage.writes.length - leases.length).toBe(1);
    expect(fetchedAt.length).toBeGreaterThan(2);
    expect(fetchedAt.at(-1)).toBe(clock.now());
  });
});
