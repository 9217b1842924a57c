import { expect, it } from "vitest";
import { formatStorageRecord, parseStorageRecord } from "../../src/environment/storage-record.ts";
import { environmentDocument, ownKey, storedRecord } from "../fake-environment.ts";

const fetchedAt = 1_767_225_600_000;
const digest = "0".repeat(64);

it("formats a record and parses it again", () => {
  const document = environmentDocument("stored");
  const text = formatStorageRecord(ownKey, { fetchedAt, digest, text: JSON.stringify(document) });
  expect(JSON.parse(text)).toEqual({ version: 2, key: ownKey, fetchedAt, digest, document });
  expect(parseStorageRecord(ownKey, text)).toEqual({ fetchedAt, digest, document });
});

it("parses a record that is an object, and ignores unknown members", () => {
  const record = storedRecord({ more: 1 });
  const document = environmentDocument("stored");
  expect(parseStorageRecord(ownKey, record)).toEqual({ fetchedAt, digest, document });
  expect(parseStorageRecord(ownKey, JSON.stringify(record))).toEqual({
    fetchedAt,
    digest,
    document,
  });
});

it("parses a record from the beginning of the epoch", () => {
  const stored = storedRecord({ fetchedAt: 0 });
  expect(parseStorageRecord(ownKey, stored)).toMatchObject({ fetchedAt: 0 });
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
  "another version": storedRecord({ version: 1 }),
  "a version that is a string": storedRecord({ version: "2" }),
  "no version": storedRecord({ version: undefined }),
  "another key": storedRecord({ key: `${ownKey}0` }),
  "no key": storedRecord({ key: undefined }),
  "no date": storedRecord({ fetchedAt: undefined }),
  "a date that is a string": storedRecord({ fetchedAt: "2026-01-01" }),
  "a date that is NaN": storedRecord({ fetchedAt: Number.NaN }),
  "a date that is negative": storedRecord({ fetchedAt: -1 }),
  "a date that is an object": storedRecord({ fetchedAt: {} }),
  "a digest that is too long": storedRecord({ digest: "0".repeat(65) }),
  "a digest in a list": storedRecord({ digest: [digest] }),
  "no digest": storedRecord({ digest: undefined }),
  "a digest with other characters": storedRecord({ digest: "x".repeat(64) }),
  "a document that is a list": storedRecord({ document: [] }),
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
