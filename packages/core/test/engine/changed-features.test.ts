import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
} from "../../src/engine/index.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";

const names = ["a", "b", "c", "d", "e"] as const;
const identifiers = Array.from({ length: 50 }, (_, index) => `user-${index}`);

const value = fc.constantFrom<string | number | boolean | null>("x", "y", 1, true, null);

/** A state of one feature, usually with the same id and key. */
function state(name: string): fc.Arbitrary<EnvironmentDocument["feature_states"][number]> {
  const id = names.indexOf(name as "a") + 1;
  const variants = fc.array(
    fc.record({
      id: fc.integer({ min: 1, max: 3 }),
      percentage_allocation: fc.constantFrom(10, 50, 90),
      multivariate_feature_option: fc.record({ value, key: fc.constantFrom("one", "two") }),
    }),
    { maxLength: 2 },
  );
  return fc.record({
    feature: fc.constant({ id, name }),
    enabled: fc.boolean(),
    feature_state_value: value,
    django_id: fc.oneof(
      { weight: 9, arbitrary: fc.constant(id) },
      { weight: 1, arbitrary: fc.constant(99) },
    ),
    feature_segment: fc.record({ priority: fc.integer({ min: 0, max: 2 }) }),
    multivariate_feature_state_values: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: variants },
    ),
  });
}

/** States of some features, each at most once. */
const states = (maxLength: number) =>
  fc
    .uniqueArray(fc.constantFrom(...names), { maxLength })
    .chain((chosen) => fc.tuple(...chosen.map(state)));

const condition = fc.oneof(
  fc.record({
    operator: fc.constantFrom("EQUAL", "NOT_EQUAL", "IS_SET"),
    property_: fc.constantFrom(
      "plan",
      "$.identity.identifier",
      "$.environment.name",
      ...names.map((name) => `$.flags.${name}.enabled`),
      ...names.map((name) => `$.flags.${name}.value`),
      "$.features.a.value",
      "$.features.b.key",
      "$..value",
    ),
    value: fc.constantFrom("gold", "x", "true", "2", "user-1"),
  }),
  fc.record({
    operator: fc.constant("PERCENTAGE_SPLIT"),
    property_: fc.constantFrom("", "$.identity.identifier"),
    value: fc.constantFrom("10", "50"),
  }),
);

const segment = (id: number) =>
  fc.record({
    id: fc.constant(id),
    name: fc.constant(`segment ${id}`),
    rules: fc.array(
      fc.record({
        type: fc.constantFrom("ALL", "ANY", "NONE"),
        conditions: fc.array(condition, { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    feature_states: states(2),
  });

const documents: fc.Arbitrary<EnvironmentDocument> = fc.record({
  api_key: fc.constant("key"),
  name: fc.constant("Test"),
  feature_states: states(5),
  project: fc.record({
    segments: fc
      .uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 })
      .chain((ids) => fc.tuple(...ids.map(segment))),
  }),
  identity_overrides: fc.array(
    fc.record({
      identifier: fc.constantFrom(...identifiers.slice(0, 4)),
      identity_features: states(2),
    }),
    { maxLength: 3 },
  ),
});

type DocumentPart = "feature_states" | "segments" | "identity_overrides";

/** A document and one that differs from it in some parts. */
const pairs = fc
  .tuple(
    documents,
    documents,
    fc.subarray<DocumentPart>(["feature_states", "segments", "identity_overrides"]),
  )
  .chain(([before, other, parts]) =>
    fc.record({
      before: fc.constant(before),
      after: fc.record({
        api_key: fc.constant(before.api_key),
        name: fc.constant(before.name ?? ""),
        feature_states: parts.includes("feature_states")
          ? replaceSome(before.feature_states, other.feature_states)
          : fc.constant(before.feature_states),
        project: fc.record({
          segments: parts.includes("segments")
            ? replaceSome(before.project.segments, other.project.segments)
            : fc.constant(before.project.segments),
        }),
        identity_overrides: parts.includes("identity_overrides")
          ? replaceSome(before.identity_overrides ?? [], other.identity_overrides ?? [])
          : fc.constant(before.identity_overrides ?? []),
      }),
    }),
  );

/** Replaces each item of a list with a probability of 1/4, removes it with 1/8, and may reverse the list. */
function replaceSome<T>(items: readonly T[], others: readonly T[]): fc.Arbitrary<T[]> {
  const choices = fc.array(fc.nat(7), { minLength: items.length, maxLength: items.length });
  return fc.tuple(choices, fc.nat(7)).map(([chosen, order]) => {
    const list = items.flatMap((item, index) => {
      const other = others[index];
      if (chosen[index] === 0) return [];
      return [(chosen[index] ?? 7) < 3 && other !== undefined ? other : item];
    });
    return order === 0 ? list.reverse() : list;
  });
}

function compileDocument(document: unknown, earlier?: CompiledEnvironment): CompiledEnvironment {
  const { value, refused } = compileEnvironmentDocument(
    copy(document),
    undefined,
    undefined,
    earlier,
  );
  if (value === undefined) throw new Error(`refused at ${refused}`);
  return value;
}

function copy(document: unknown): EnvironmentDocument {
  return JSON.parse(JSON.stringify(document));
}

/** The results of a feature without an identity and for each identity, as one text. */
function evaluate(compiled: CompiledEnvironment, name: string): string {
  const evaluations = identifiers.map((identifier, index) =>
    compiled.evaluate({ identifier, traits: index % 2 === 0 ? { plan: "gold" } : {} }),
  );
  evaluations.push(compiled.evaluate(), compiled.evaluateWithoutSegments());
  return JSON.stringify(evaluations.map((evaluation) => evaluation.flag(name) ?? null));
}

test("lists every feature whose flag differs for any identity", {
  timeout: fuzzTimeoutMs,
}, async () => {
  let pairCount = 0;
  let unchanged = 0;
  let listedWithoutNeed = 0;
  await fuzz("pairs of documents", pairs, ({ before, after }) => {
    pairCount++;
    const [old, current] = [compileDocument(before), compileDocument(after)];
    const listed = current.changedFeatures(old);
    expect(listed).toBeDefined();
    for (const name of names) {
      const isListed = listed?.includes(name) ?? false;
      if (evaluate(old, name) !== evaluate(current, name)) expect(listed).toContain(name);
      else {
        unchanged++;
        if (isListed) listedWithoutNeed++;
      }
    }
  });
  // Some are listed because an identity that was not tried could see a difference.
  expect(unchanged).toBeGreaterThan(pairCount);
  expect(listedWithoutNeed / unchanged).toBeLessThan(0.05);
});

test("a document has the same results if it is compiled with an earlier version", {
  timeout: fuzzTimeoutMs,
}, async () => {
  let pairCount = 0;
  let used = 0;
  await fuzz("pairs of documents with an earlier version", pairs, ({ before, after }) => {
    pairCount++;
    const old = compileDocument(before);
    const [alone, current] = [compileDocument(after), compileDocument(after, old)];
    for (const name of names) expect(evaluate(current, name)).toBe(evaluate(alone, name));
    for (const segment of current.tables.segments)
      if (old.tables.segments.includes(segment)) used++;
  });
  expect(used).toBeGreaterThan(pairCount / 2);
});

test("an equal document has no changed features", { timeout: fuzzTimeoutMs }, () =>
  fuzz("equal documents", documents, (document) => {
    const old = compileDocument(document);
    expect(compileDocument(document).changedFeatures(old)).toEqual([]);
  }),
);

const featureState = (name: string, value: unknown = name) => ({
  feature: { id: names.indexOf(name as "a") + 1, name },
  enabled: true,
  feature_state_value: value,
  django_id: 1,
});
const override = (name: string, value: unknown) => ({
  ...featureState(name, value),
  feature_segment: { priority: 0 },
});
const rules = (property: string, value: string) => [
  { type: "ALL", conditions: [{ operator: "EQUAL", property_: property, value }] },
];

/** Features a to e. Segment 1 overrides b, and segment 2 overrides c if b is on. */
function createDocument() {
  return {
    api_key: "key",
    name: "Test",
    feature_states: names.map((name) => featureState(name)),
    project: {
      segments: [
        { id: 1, name: "gold", rules: rules("plan", "gold"), feature_states: [override("b", 1)] },
        {
          id: 2,
          name: "has b",
          rules: rules("$.flags.b.value", "1"),
          feature_states: [override("c", 1)],
        },
      ],
    },
    identity_overrides: [{ identifier: "vip", identity_features: [featureState("d", "vip")] }],
  };
}

/** The features that change if the document is edited like this. */
function listChanges(edit: (document: ReturnType<typeof createDocument>) => void) {
  const document = createDocument();
  const before = compileDocument(document);
  edit(document);
  return compileDocument(document).changedFeatures(before);
}

test("a value, an added and a removed feature", () => {
  expect(
    listChanges(({ feature_states: states }) => {
      states[0] = featureState("a", 2);
      states.pop();
      states.push(featureState("f"));
    }),
  ).toEqual(["a", "f", "e"]);
});

test("a segment changes the features it overrides and those that depend on them", () => {
  expect(
    listChanges(({ project }) => {
      Object.assign(project.segments[0] ?? {}, { rules: rules("plan", "silver") });
    }),
  ).toEqual(["b", "c"]);
  expect(listChanges(({ project }) => void project.segments[1]?.feature_states.pop())).toEqual([
    "c",
  ]);
  expect(listChanges(({ project }) => void project.segments.reverse())).toEqual([]);
  expect(
    listChanges(({ project }) => {
      const unused = { id: 3, name: "unused", rules: rules("x", "1"), feature_states: [] };
      project.segments.unshift(unused);
    }),
  ).toEqual([]);
});

test("a segment that reads features depends on all of them", () => {
  const document = createDocument();
  Object.assign(document.project.segments[0] ?? {}, { rules: rules("$.features.a.value", "2") });
  const before = compileDocument(document);
  document.feature_states[0] = featureState("a", 2);
  expect(compileDocument(document).changedFeatures(before)).toEqual(["a", "b", "c"]);
});

test("features change with the id of a segment or the key of a split", () => {
  expect(
    listChanges(({ project }) => void Object.assign(project.segments[0] ?? {}, { id: 7 })),
  ).toEqual(["b", "c"]);
  const document = createDocument();
  const variant = { percentage_allocation: 50, multivariate_feature_option: { value: 1 } };
  const split = { ...override("e", 1), multivariate_feature_state_values: [variant] };
  document.project.segments[0]?.feature_states.push(split);
  const before = compileDocument(document);
  split.django_id = 2;
  expect(compileDocument(document).changedFeatures(before)).toEqual(["e"]);
});

test("a change is followed through a chain of flags, and to one that is too long", () => {
  const chain = Array.from({ length: 40 }, (_, index) => `f${index}`);
  const segmentFor = (index: number) => ({
    id: index + 1,
    name: `reads f${index + 1}`,
    rules: rules(`$.flags.f${index + 1}.value`, "1"),
    feature_states: [{ ...override("a", 1), feature: { id: index, name: `f${index}` } }],
  });
  const build = (length: number, value: number) => ({
    ...createDocument(),
    feature_states: chain.map((name) => featureState(name, name === "f5" ? value : 0)),
    project: { segments: Array.from({ length }, (_, index) => segmentFor(index)) },
  });
  const before = compileDocument(build(8, 0));
  const listed = compileDocument(build(8, 1)).changedFeatures(before);
  expect(listed?.sort()).toEqual(["f0", "f1", "f2", "f3", "f4", "f5"]);
  // The last feature of the longer chain is new, and the segments of the first ones match no more.
  const longer = compileDocument(build(39, 0)).changedFeatures(before);
  expect(longer).toEqual(expect.arrayContaining(["f0", "f7", "f8", "f38"]));
  expect(longer).not.toContain("f39");
});

test("an override for one identity changes its feature", () => {
  expect(
    listChanges(({ identity_overrides: overrides }) => {
      overrides.push({ identifier: "new", identity_features: [featureState("a", "new")] });
    }),
  ).toEqual(["a"]);
  expect(listChanges(({ identity_overrides: overrides }) => void overrides.pop())).toEqual(["d"]);
  // Identities with equal overrides share a list, which may be compared with several others.
  const document = createDocument();
  const identities = ["one", "two"].map((identifier) => ({
    identifier,
    identity_features: [featureState("a", "same")],
  }));
  const before = compileDocument({ ...document, identity_overrides: identities });
  identities[1]?.identity_features.splice(0, 1, featureState("a", "other"));
  const after = compileDocument({ ...document, identity_overrides: identities });
  expect(after.changedFeatures(before)).toEqual(["a"]);
});

test("everything may change with the environment's name or key", () => {
  expect(listChanges((document) => Object.assign(document, { name: "Other" }))).toBeUndefined();
  expect(listChanges((document) => Object.assign(document, { api_key: "x" }))).toBeUndefined();
});
