import { expect, it } from "vitest";
import { formatStorageRecord, parseStorageRecord } from "../../src/environment/storage-record.ts";
import { environmentDocument, ownKey, storedRecord } from "../fake-environment.ts";

const freshness = {
  fetchedAt: 1_767_225_600_000,
  lastModified: "Wed, 31 Dec 2025 12:00:00 GMT",
  isSettled: true,
  conditionalPolls: 0,
};

it("formats a record and parses it again", () => {
  const document = environmentDocument("stored");
  const text = formatStorageRecord(ownKey, freshness, JSON.stringify(document));
  expect(JSON.parse(text)).toEqual({ version: 1, key: ownKey, ...freshness, document });
  expect(parseStorageRecord(ownKey, text)).toEqual({ freshness, document });
});

it("Last-Modified is optional", () => {
  const unknown = { ...freshness, lastModified: undefined };
  const text = formatStorageRecord(ownKey, unknown, "{}");
  expect(parseStorageRecord(ownKey, text)).toEqual({ freshness: unknown, document: {} });
});

it("parses a record that is an object, and ignores unknown members", () => {
  const record = storedRecord({ more: 1 });
  const document = environmentDocument("stored");
  expect(parseStorageRecord(ownKey, record)).toEqual({ freshness, document });
  expect(parseStorageRecord(ownKey, JSON.stringify(record))).toEqual({ freshness, document });
});

const { document: _, ...withoutDocument } = storedRecord();
const notRecords: Record<string, unknown> = {
  null: null,
  undefined: undefined,
  "an empty string": "",
  "invalid JSON": "{",
  "JSON of a number": "42",
  "a number": 42,
  true: true,
  "a list": [storedRecord()],
  "an empty object": {},
  bytes: new TextEncoder().encode(JSON.stringify(storedRecord())),
  "JSON in JSON": JSON.stringify(JSON.stringify(storedRecord())),
  "another version": storedRecord({ version: 2 }),
  "a version that is a string": storedRecord({ version: "1" }),
  "no version": storedRecord({ version: undefined }),
  "another key": storedRecord({ key: `${ownKey}0` }),
  "no key": storedRecord({ key: undefined }),
  "no date": storedRecord({ fetchedAt: undefined }),
  "a date that is a string": storedRecord({ fetchedAt: "2026-01-01" }),
  "a date that is NaN": storedRecord({ fetchedAt: Number.NaN }),
  "a Last-Modified that is a number": storedRecord({ lastModified: 42 }),
  "no isSettled": storedRecord({ isSettled: undefined }),
  "no conditionalPolls": storedRecord({ conditionalPolls: null }),
  "no document": withoutDocument,
  "a document that is null": storedRecord({ document: null }),
  "a document that is a string": storedRecord({ document: JSON.stringify(environmentDocument()) }),
  "a bare document": environmentDocument(),
};

it.each(Object.entries(notRecords))("rejects %s", (_name, stored) => {
  expect(parseStorageRecord(ownKey, stored)).toBeUndefined();
  const text = JSON.stringify(stored);
  if (typeof stored !== "string") expect(parseStorageRecord(ownKey, text)).toBeUndefined();
});
