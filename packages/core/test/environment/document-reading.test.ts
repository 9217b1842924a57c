import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { IdentityOverridesCompiler } from "../../src/engine/identity-overrides-compiler.ts";
import { type CompiledEnvironment, compileEnvironmentDocument } from "../../src/engine/index.ts";
import { DocumentReading, type ReadingParts } from "../../src/environment/document-reading.ts";
import { toStorageRecord } from "../../src/environment/storage-record.ts";
import { Flagsmith } from "../../src/flagsmith.ts";
import { createCompiler, environmentDocument, override } from "../fake-environment.ts";
import {
  apiUrl,
  environmentKey,
  fakePlatform,
  json,
  modulesFor,
  recordingLogger,
} from "../fake-platform.ts";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const filler = "x".repeat(300_000);

/** A long document with its overrides where the API has them: before members that contain no lists. */
function longDocument(value: unknown = "api", overrides: unknown = [override("vip")], more = {}) {
  const { name, updated_at, identity_overrides: _, ...members } = environmentDocument(value);
  return { ...members, filler, identity_overrides: overrides, name, updated_at, ...more };
}

/** Timers whose clock stands still, unless a step is given: then each part of the overrides takes so long. */
function createTimers(stepMs = 0) {
  let now = 0;
  const sleep = vi.fn(async () => undefined);
  const monotonicNow = () => {
    now += stepMs;
    return now;
  };
  return { ...fakePlatform().timers, monotonicNow, sleep };
}

/** Reads a text. Returns `undefined` if it is not a document, and otherwise what a later reading knows of it. */
async function read(text: string, known?: ReadingParts["known"], timers = createTimers()) {
  const reading = new DocumentReading({ known, timers }, hash);
  const document = reading.parse(text, false);
  if (document === undefined) return undefined;
  const digest = await reading.createDigest(text, false);
  const logger = recordingLogger();
  const compiler = createCompiler(logger);
  const environment = await reading.compile(document, (whole, overrides) =>
    compiler.compile(whole, "local", overrides),
  );
  if ("refused" in environment) return undefined;
  const { overridesDigest } = reading;
  return { environment, digest, overridesDigest, warnings: logger.warnings };
}

async function readTables(text: string, known?: ReadingParts["known"], timers = createTimers()) {
  const result = await read(text, known, timers);
  return result && selectTables(result.environment.compiled, result.warnings);
}

/** The tables of a document, compiled at once. */
function compileAtOnce(text: string) {
  const { value, problems = [] } = compileEnvironmentDocument(JSON.parse(text));
  return value && selectTables(value, [...new Set(problems.map(({ message }) => message))]);
}

const selectTables = ({ tables }: CompiledEnvironment, problems: readonly string[]) => ({
  features: tables.features,
  identityOverrides: tables.identityOverrides,
  problems,
});

/** Overrides of many identities. One of them has two entries. The second has precedence, because it equals those of others. */
const manyOverrides = [
  ...Array.from({ length: 1500 }, (_, index) => override(`identity ${index}`, index % 7)),
  override("identity 2", 0),
];

describe("a long document", () => {
  it("is compiled like a document that is parsed at once", async () => {
    for (const overrides of [[], [override("vip")], manyOverrides]) {
      const text = JSON.stringify(longDocument("api", overrides));
      expect(await readTables(text)).toEqual(compileAtOnce(text));
    }
  });

  it("has its overrides compiled in slices of 4 ms", async () => {
    const text = JSON.stringify(longDocument("api", manyOverrides));
    const timers = createTimers(4);
    expect(await readTables(text, undefined, timers)).toEqual(compileAtOnce(text));
    const parts = timers.sleep.mock.calls.length;
    expect(parts).toBeGreaterThan(text.length / 200_000);
    const faster = createTimers(1);
    await read(text, undefined, faster);
    expect(faster.sleep).toHaveBeenCalledTimes(Math.floor(parts / 4));
    const instant = createTimers();
    await read(text, undefined, instant);
    expect(instant.sleep).not.toHaveBeenCalled();
  });

  it("keeps the compiled overrides if their text is the same", async () => {
    const known = await read(JSON.stringify(longDocument("api")));
    const text = JSON.stringify(longDocument("new"));
    const tables = await readTables(text, known);
    expect(tables?.identityOverrides).toBe(known?.environment.compiled.tables.identityOverrides);
    expect(tables).toEqual(compileAtOnce(text));
  });

  it.each([
    ["another override", longDocument("api", [override("vip", "changed")])],
    ["another environment", longDocument("api", [override("vip")], { api_key: "other-key" })],
    ["fewer overrides", longDocument("api", [])],
  ])("compiles all overrides for %s", async (_, document) => {
    const known = await read(JSON.stringify(longDocument()));
    const text = JSON.stringify(document);
    const tables = await readTables(text, known);
    const knownOverrides = known?.environment.compiled.tables.identityOverrides;
    expect(tables?.identityOverrides).not.toBe(knownOverrides);
    expect(tables).toEqual(compileAtOnce(text));
  });

  it.each([
    ["no overrides", { ...longDocument(), identity_overrides: undefined }],
    ["overrides that are null", longDocument("api", null)],
    ["overrides that are an object", longDocument("api", { 0: override("vip") })],
    ["overrides that are not objects", longDocument("api", [1, null, "vip", [override("vip")]])],
    ["malformed overrides", longDocument("api", [{ identifier: 3 }, ...manyOverrides, {}])],
    ["a list after the overrides", longDocument("api", manyOverrides, { tags: [] })],
    [
      "an object in a list after them",
      longDocument("api", manyOverrides, { tags: [override("x")] }),
    ],
    [
      "objects in a list after them",
      longDocument("api", manyOverrides, { tags: [override("x"), override("y")] }),
    ],
    ["no overrides before such a list", longDocument("api", [], { tags: [{ a: 1 }, { a: 2 }] })],
    ["a bracket after the overrides", longDocument("api", [override("vip")], { name: "a]" })],
    [
      "overrides at its start",
      Object.fromEntries(Object.entries({ ...environmentDocument(), filler }).reverse()),
    ],
    ["the name of the member in a value", longDocument('"identity_overrides":[1]')],
    ["the member in another object", { other: { identity_overrides: [1] }, ...longDocument() }],
    [
      "the text between two overrides in a value",
      longDocument("api", [override('},{"identifier":'), ...manyOverrides]),
    ],
    [
      "the text between two overrides in their members",
      longDocument(
        "api",
        manyOverrides.slice(0, 200).map((record) => ({
          ...record,
          more: Array(20).fill({ identifier: "x".repeat(1000) }),
        })),
      ),
    ],
  ])("has the usual result with %s", async (_, document) => {
    const text = JSON.stringify(document);
    const known = await read(JSON.stringify(longDocument()));
    const expected = compileAtOnce(text);
    expect(await readTables(text, known)).toEqual(expected);
    const indented = JSON.stringify(document, null, 1);
    expect(await readTables(indented, known)).toEqual(expected);
    expect(await readTables(text.replaceAll(":", ": "), known)).toEqual(
      compileAtOnce(text.replaceAll(":", ": ")),
    );
  });

  it("is used with very many malformed overrides in one slice", async () => {
    // Not the layout of the API, so that they are not split.
    const text = JSON.stringify(longDocument("api", Array(200_000).fill({})));
    expect((await read(text.replaceAll("},{", "}, {")))?.warnings).not.toEqual([]);
  });

  it("has the usual result if the member occurs twice", async () => {
    const [first, second] = [JSON.stringify(manyOverrides), JSON.stringify([override("vip")])];
    const text = JSON.stringify(longDocument("api", [])).replace(
      '"identity_overrides":[]',
      `"identity_overrides":${first},"identity_overrides":${second}`,
    );
    expect(await readTables(text)).toEqual(compileAtOnce(text));
  });

  it("does not mix with another one that is compiled at the same time", async () => {
    const texts = ["one", "two"].map((value) =>
      JSON.stringify(longDocument(value, [...manyOverrides, override(value), {}])),
    );
    const readings = texts.map((text) => readTables(text, undefined, createTimers(4)));
    expect(await Promise.all(readings)).toEqual(texts.map(compileAtOnce));
  });

  it("of invalid JSON is not used, wherever it is cut or damaged", async () => {
    const text = JSON.stringify(longDocument("api", manyOverrides));
    const overridesAt = text.indexOf('"identity_overrides"');
    const damaged = [
      text.slice(0, -1),
      text.slice(0, overridesAt + 60),
      text.slice(0, text.indexOf("}]}", overridesAt + 100_000) + 3),
      text.replace('"identity 2"', '"identity 2'),
      text.replace('"identity 2"', '"identity 2"]'),
      text.replace('"identity 1000"', '"identity 2000" :'),
      text.replace('"identity_overrides":[', '"identity_overrides":'),
    ];
    for (const damagedText of damaged) expect(await read(damagedText)).toBeUndefined();
  });

  it("is parsed as a whole if it is a page", async () => {
    const known = await read(JSON.stringify(longDocument()));
    const reading = new DocumentReading({ known, timers: createTimers() }, hash);
    expect(reading.parse(JSON.stringify(longDocument("new")), true)).toEqual(longDocument("new"));
    expect(reading.overridesDigest).toBeUndefined();
  });

  it("has one digest, whether it was parsed or not", async () => {
    const text = JSON.stringify(longDocument());
    const timers = createTimers();
    const reading = new DocumentReading({ timers }, hash);
    const digest = await reading.createDigest(text, false);
    reading.parse(text, false);
    expect(await reading.createDigest(text, false)).toBe(digest);
    expect(await reading.createDigest(text, true)).toBe(hash(text));
    expect(await new DocumentReading({ timers }, hash).createDigest(`${text} `, false)).not.toBe(
      digest,
    );
  });
});

describe("a document from elsewhere", () => {
  it.each([
    ["is compiled in slices", manyOverrides, 15],
    ["is compiled at once if it is short", manyOverrides.slice(0, 100), 0],
  ])("%s", async (_, overrides, minSlices) => {
    const timers = createTimers(4);
    const document = environmentDocument("api", { identity_overrides: overrides });
    const reading = new DocumentReading({ timers }, hash);
    const environment = await reading.compile(document, (whole, compiled) =>
      createCompiler().compile(whole, "storage", compiled),
    );
    if ("refused" in environment) throw new Error("The document is invalid.");
    expect(selectTables(environment.compiled, [])).toEqual(compileAtOnce(JSON.stringify(document)));
    expect(timers.sleep.mock.calls.length >= minSlices).toBe(true);
    expect(timers.sleep.mock.calls.length > 0).toBe(minSlices > 0);
  });
});

describe("a client", () => {
  /** A client whose stored or bootstrap document has a long list of overrides. Each part takes a slice of 20 ms. */
  async function setUpCopy(kind: "stored" | "bootstrap") {
    const platform = fakePlatform();
    const sleep = async (_: number, signal?: AbortSignal) => {
      await platform.clock.advance(20);
      signal?.throwIfAborted();
    };
    const timers = { ...createTimers(4), sleep };
    const createReading = (parts: ReadingParts) => new DocumentReading({ ...parts, timers }, hash);
    const modules = { ...modulesFor(platform), createReading };
    const document = environmentDocument("stored", { identity_overrides: manyOverrides });
    const fetchedAt = platform.clock.now();
    const record = await toStorageRecord(document, { environmentKey, apiUrl, fetchedAt });
    const storage = {
      getItem: async (name: string) => (name === record.key ? record.value : null),
    };
    const logger = recordingLogger();
    const copy = kind === "stored" ? { storage } : { bootstrap: document };
    const options = { environmentKey, apiUrl, enableLocalEvaluation: true, logger, ...copy };
    const flagsmith = new Flagsmith({ ...options, requestDeadlineSeconds: 1 }, platform, modules);
    return { flagsmith, logger };
  }

  it("uses a stored document whose compilation takes longer than the storage may take", async () => {
    const { flagsmith, logger } = await setUpCopy("stored");
    await flagsmith.ready();
    const flags = await flagsmith.getIdentityFlags("identity 1");
    expect(flags.getFeatureValue("banner")).toBe(1);
    expect(logger.warnings).toEqual([]);
    await flagsmith.close();
  });

  it("merges the overrides of long pages", async () => {
    const platform = fakePlatform(({ url }) =>
      url.includes("page_id")
        ? json(longDocument("api", [override("second")]))
        : json(longDocument("api", [override("first")]), {
            headers: { Link: `<?page_id=2>; rel="next"` },
          }),
    );
    const createReading = (parts: ReadingParts) => new DocumentReading(parts, hash);
    const modules = { ...modulesFor(platform), createReading };
    const options = { environmentKey, apiUrl, enableLocalEvaluation: true };
    const flagsmith = new Flagsmith(options, platform, modules);
    for (const identifier of ["first", "second"]) {
      const flags = await flagsmith.getIdentityFlags(identifier);
      expect(flags.getFeatureValue("banner")).toBe(`for ${identifier}`);
    }
    await flagsmith.close();
  });

  it.each(["stored", "bootstrap"] as const)(
    "can be closed while a %s document is compiled",
    async (kind) => {
      const { flagsmith, logger } = await setUpCopy(kind);
      const ready = flagsmith.ready();
      const closed = flagsmith.close();
      await expect(ready).rejects.toMatchObject({ code: "CLOSED" });
      await closed;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(logger.warnings).toEqual([]);
    },
  );

  /** A client, and a function that loads a document: whether it is new, and the flags of two identities. */
  function setUpLoads() {
    let text = "";
    const platform = fakePlatform(() => new Response(text));
    const createReading = (parts: ReadingParts) => new DocumentReading(parts, hash);
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
    return { flagsmith, load };
  }

  it("uses the known overrides with new features, and new overrides", async () => {
    const { flagsmith, load } = setUpLoads();
    expect(await load(longDocument("one"))).toEqual([true, "for vip", "one"]);
    const compiled = vi.spyOn(IdentityOverridesCompiler.prototype, "add");
    expect(await load(longDocument("two"))).toEqual([true, "for vip", "two"]);
    expect(await load(longDocument("two"))).toEqual([false, "for vip", "two"]);
    expect(await load(longDocument("again"))).toEqual([true, "for vip", "again"]);
    expect(compiled).not.toHaveBeenCalled();
    compiled.mockRestore();
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
    const other = environmentDocument("other", { identity_overrides: [] });
    expect(await load(other)).toEqual([true, "other", "other"]);
    expect(await flagsmith.getEnvironment()).toEqual(other);
    await flagsmith.close();
  });

  it("uses a new document after an equal one, if objects in a list follow the overrides", async () => {
    const { flagsmith, load } = setUpLoads();
    const createDocument = (label: string) => {
      const { feature_states, ...members } = longDocument("api", [override("vip"), override("b")]);
      const states = [...feature_states, ...feature_states];
      const moved = states.map((state) => ({ identifier: "", ...state }));
      return { label, ...members, feature_states: moved };
    };
    expect(await load(createDocument("one"))).toEqual([true, "for vip", "api"]);
    expect(await load(createDocument("one"))).toEqual([false, "for vip", "api"]);
    expect(await load(createDocument("two"))).toEqual([true, "for vip", "api"]);
    await flagsmith.close();
  });
});
