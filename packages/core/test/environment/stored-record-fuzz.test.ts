import fc from "fast-check";
import { expect, it } from "vitest";
import {
  formatStorageRecord,
  parseStorageLease,
  parseStorageRecord,
} from "../../src/environment/storage-record.ts";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  ownKey,
  storedRecord,
} from "../fake-environment.ts";
import { allowNoUnhandledRejection } from "../fake-platform.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();

const junk = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, {}, [], "junk", "", -1, 1e300, Number.NaN, true),
  fc.jsonValue(),
);
const members = fc.constantFrom("version", "key", "fetchedAt", "digest", "document", "more");
const documentMembers = fc.constantFrom(...Object.keys(environmentDocument()));

const recordsWithJunk = fc.oneof(
  fc.tuple(members, junk).map(([member, value]) => storedRecord({ [member]: value })),
  fc
    .tuple(documentMembers, junk)
    .map(([member, value]) =>
      storedRecord({ document: environmentDocument(1, { [member]: value }) }),
    ),
);

/** Texts with a few characters removed, replaced or added. */
const texts = fc
  .tuple(fc.nat({ max: 999 }), fc.nat({ max: 8 }), fc.string({ maxLength: 8 }))
  .map(([at, removed, added]) => {
    const text = JSON.stringify(storedRecord());
    const index = Math.floor((at / 1000) * text.length);
    return text.slice(0, index) + added + text.slice(index + removed);
  });

const stored = fc.oneof(recordsWithJunk, recordsWithJunk.map(toJson), texts, junk);

it("a stored record is valid or ignored, whatever is stored", { timeout: fuzzTimeoutMs }, () =>
  fuzz("stored records", stored, (item) => {
    const record = parseStorageRecord(ownKey, item);
    const lease = parseStorageLease(item);
    for (const valid of [record, lease]) {
      if (valid === undefined) continue;
      expect(valid.fetchedAt).toBeGreaterThanOrEqual(0);
      expect(valid.fetchedAt).toBeLessThan(Number.POSITIVE_INFINITY);
      expect(valid.digest).toMatch(/^[0-9a-f]{64}$/);
    }
    if (record === undefined) return;
    expect(Object.getPrototypeOf(record.document)).toBe(Object.prototype);
    const text = JSON.stringify(record.document);
    expect(parseStorageRecord(ownKey, formatStorageRecord(ownKey, { ...record, text }))).toEqual({
      ...record,
      document: JSON.parse(text),
    });
  }),
);

it(
  "a client starts with any stored record, and loads the API's document",
  {
    timeout: fuzzTimeoutMs,
  },
  () =>
    fuzz(
      "clients with stored records",
      fc.record({ record: stored, lease: fc.oneof(junk, fc.constant(undefined)) }),
      async ({ record, lease }) => {
        const storage = memoryStorage({ [ownKey]: record, [`${ownKey}-lease`]: lease });
        const { clock, flagsmith, value } = createPollingClient(() => documentResponse("api"), {
          storage,
        });
        await clock.run(value());
        await clock.advance(120_000);
        expect(await value()).toBe("api");
        await flagsmith.close();
      },
      60,
    ),
);

function toJson(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
