import { expect, it } from "vitest";
import { formatStorageRecord, parseStorageRecord } from "../../src/environment/storage-record.ts";
import { environmentDocument, ownKey, storedRecord } from "../fake-environment.ts";

const freshness = {
  fetchedAt: 1_767_225_600_000,
  lastModified: "Wed, 31 Dec 2025 12:00:00 GMT",
  isSettled: true,
  conditionalPolls: 0,
};

it("writes an envelope around the document, and reads it back", () => {
  const document = environmentDocument("stored");
  const text = formatStorageRecord(ownKey, freshness, JSON.stringify(document));
  expect(JSON.parse(text)).toEqual({ version: 1, key: ownKey, ...freshness, document });
  expect(parseStorageRecord(ownKey, text)).toEqual({ freshness, document });
});

it("writes and reads a document without a Last-Modified", () => {
  const unknown = { ...freshness, lastModified: undefined };
  const text = formatStorageRecord(ownKey, unknown, "{}");
  expect(parseStorageRecord(ownKey, text)).toEqual({ freshness: unknown, document: {} });
});

it("reads a record that the store has parsed, and one with members of a later version", () => {
  const record = storedRecord({ more: 1 });
  const document = environmentDocument("stored");
  expect(parseStorageRecord(ownKey, record)).toEqual({ freshness, document });
  expect(parseStorageRecord(ownKey, JSON.stringify(record))).toEqual({ freshness, document });
});

const { document: _, ...withoutDocument } = storedRecord();
const notRecords: Record<string, unknown> = {
  null: null,
  undefined: undefined,
  "an empty text": "",
  "a text that is no JSON": "{",
  "JSON that is no object": "42",
  "a number": 42,
  true: true,
  "a list": [storedRecord()],
  "an empty object": {},
  bytes: new TextEncoder().encode(JSON.stringify(storedRecord())),
  "text in text": JSON.stringify(JSON.stringify(storedRecord())),
  "another version": storedRecord({ version: 2 }),
  "a version that is a text": storedRecord({ version: "1" }),
  "no version": storedRecord({ version: undefined }),
  "another key": storedRecord({ key: `${ownKey}0` }),
  "no key": storedRecord({ key: undefined }),
  "no date": storedRecord({ fetchedAt: undefined }),
  "a date that is a text": storedRecord({ fetchedAt: "2026-01-01" }),
  "a date that is no number": storedRecord({ fetchedAt: Number.NaN }),
  "a Last-Modified that is no text": storedRecord({ lastModified: 42 }),
  "no word on whether it is settled": storedRecord({ isSettled: undefined }),
  "no count of polls": storedRecord({ conditionalPolls: null }),
  "no document": withoutDocument,
  "a document that is null": storedRecord({ document: null }),
  "a document that is a text": storedRecord({ document: JSON.stringify(environmentDocument()) }),
  "a bare document": environmentDocument(),
};

it.each(Object.entries(notRecords))("takes %s for no record", (_name, stored) => {
  expect(parseStorageRecord(ownKey, stored)).toBeUndefined();
  const text = JSON.stringify(stored);
  if (typeof stored !== "string") expect(parseStorageRecord(ownKey, text)).toBeUndefined();
});
