import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { DocumentReading, type KnownDocument } from "../../src/environment/document-reader.ts";
import { Flagsmith } from "../../src/flagsmith.ts";
import { createCompiler, environmentDocument, override } from "../fake-environment.ts";
import { apiUrl, environmentKey, fakePlatform, modulesFor } from "../fake-platform.ts";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const filler = "x".repeat(300_000);

/** A long document with its overrides where the API has them: before members that contain no lists. */
function longDocument(value: unknown = "api", overrides: unknown = [override("vip")], more = {}) {
  const { name, updated_at, identity_overrides: _, ...members } = environmentDocument(value);
  return { ...members, filler, identity_overrides: overrides, name, updated_at, ...more };
}

/** Reads a text for the first time, and returns what a later reading knows of it. */
function know(text: string): KnownDocument {
  const reading = new DocumentReading(undefined, hash);
  const environment = createCompiler().compile(reading.parse(text, false), "local");
  if ("refused" in environment) throw new Error("The document is invalid.");
  const digest = reading.createDigest(text, false);
  return { environment, digest, overridesDigest: reading.overridesDigest };
}

describe("a long document", () => {
  it("is parsed like JSON, in two sections", () => {
    const document = longDocument();
    const reading = new DocumentReading(undefined, hash);
    expect(reading.parse(JSON.stringify(document), false)).toEqual(document);
    expect(reading.overridesDigest).toBeDefined();
    expect(reading.knownOverrides).toBeUndefined();
  });

  it("keeps the compiled overrides if their text is the same", () => {
    const known = know(JSON.stringify(longDocument("api")));
    const reading = new DocumentReading(known, hash);
    const document = reading.parse(JSON.stringify(longDocument("new")), false);
    expect(document).toEqual(longDocument("new", []));
    expect(reading.knownOverrides).toBe(known.environment.compiled.tables.identityOverrides);
  });

  it.each([
    ["another override", longDocument("api", [override("vip", "changed")])],
    ["another environment", longDocument("api", [override("vip")], { api_key: "other-key" })],
    ["fewer overrides", longDocument("api", [])],
  ])("parses everything for %s", (_, document) => {
    const known = know(JSON.stringify(longDocument()));
    const reading = new DocumentReading(known, hash);
    expect(reading.parse(JSON.stringify(document), false)).toEqual(document);
    expect(reading.knownOverrides).toBeUndefined();
  });

  it.each([
    ["no overrides", { ...longDocument(), identity_overrides: undefined }],
    ["overrides that are null", longDocument("api", null)],
    ["a list after the overrides", longDocument("api", [override("vip")], { tags: [] })],
    ["a bracket after the overrides", longDocument("api", [override("vip")], { name: "a]" })],
    [
      "overrides at its start",
      Object.fromEntries(Object.entries({ ...environmentDocument(), filler }).reverse()),
    ],
    ["the name of the member in a value", longDocument('"identity_overrides":[1]')],
    ["the member in another object", { other: { identity_overrides: [1] }, ...longDocument() }],
    ["nothing but a list", [filler]],
  ])("has the usual result with %s", (_, document) => {
    const text = JSON.stringify(document);
    const known = know(JSON.stringify(longDocument()));
    const reading = new DocumentReading(known, hash);
    const parsed = reading.parse(text, false);
    const expected = JSON.parse(text);
    if (reading.knownOverrides === undefined) expect(parsed).toEqual(expected);
    else expect(parsed).toEqual({ ...expected, identity_overrides: [] });
  });

  it("of invalid JSON is not parsed, wherever it is cut or damaged", () => {
    const text = JSON.stringify(longDocument());
    const overridesAt = text.indexOf('"identity_overrides"');
    const damaged = [
      text.slice(0, -1),
      text.slice(0, overridesAt + 60),
      text.replace('"vip"', '"vip'),
      text.replace('"vip"', '"vip"]'),
      text.replace('"identity_overrides":[', '"identity_overrides":'),
    ];
    for (const damagedText of damaged) {
      const reading = new DocumentReading(undefined, hash);
      expect(reading.parse(damagedText, false)).toBeUndefined();
      expect(reading.overridesDigest).toBeUndefined();
    }
  });

  it("is parsed as a whole if it is a page", () => {
    const known = know(JSON.stringify(longDocument()));
    const reading = new DocumentReading(known, hash);
    expect(reading.parse(JSON.stringify(longDocument("new")), true)).toEqual(longDocument("new"));
    expect(reading.knownOverrides).toBeUndefined();
  });

  it("has one digest, whether it was parsed or not", () => {
    const text = JSON.stringify(longDocument());
    const reading = new DocumentReading(undefined, hash);
    const digest = reading.createDigest(text, false);
    reading.parse(text, false);
    expect(reading.createDigest(text, false)).toBe(digest);
    expect(reading.createDigest(text, true)).toBe(hash(text));
    expect(new DocumentReading(undefined, hash).createDigest(`${text} `, false)).not.toBe(digest);
  });
});

describe("a client", () => {
  it("uses the known overrides with new features, and new overrides", async () => {
    let text = "";
    const platform = fakePlatform(() => new Response(text));
    const createReading = vi.fn((known?: KnownDocument) => new DocumentReading(known, hash));
    const modules = { ...modulesFor(platform), createReading };
    const options = { environmentKey, apiUrl, enableLocalEvaluation: true };
    const flagsmith = new Flagsmith(options, platform, modules);
    const load = async (document: object) => {
      text = JSON.stringify(document);
      const isChange = await flagsmith.updateEnvironment();
      const snapshot = flagsmith.currentSnapshot();
      const read = (identifier: string) =>
        snapshot?.identityFlags(identifier).getFeatureValue("banner");
      return [isChange, read("vip"), read("other")];
    };
    expect(await load(longDocument("one"))).toEqual([true, "for vip", "one"]);
    expect(await load(longDocument("two"))).toEqual([true, "for vip", "two"]);
    expect(await load(longDocument("two"))).toEqual([false, "for vip", "two"]);
    expect(await load(longDocument("two", [override("other")]))).toEqual([
      true,
      "two",
      "for other",
    ]);
    expect(await load(longDocument("three", []))).toEqual([true, "three", "three"]);
    expect(await load(environmentDocument("short"))).toEqual([true, "for vip", "short"]);
    const parse = vi.spyOn(JSON, "parse");
    expect(await load(environmentDocument("short"))).toEqual([false, "for vip", "short"]);
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
    expect(await load(environmentDocument("other", { identity_overrides: [] }))).toEqual([
      true,
      "other",
      "other",
    ]);
    expect(await flagsmith.getEnvironment()).toEqual(JSON.parse(text));
    await flagsmith.close();
  });
});
