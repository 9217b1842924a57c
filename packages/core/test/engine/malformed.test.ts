import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CompiledEnvironment,
  compileEnvironmentDocument,
  type EnvironmentDocument,
  mapEnvironmentDocument,
} from "../../src/engine/index.ts";
import { apiFlag, client, fakePlatform, json, recordingLogger } from "../fake-platform.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";

type Path = readonly (string | number)[];

const names = ["a", "b", "c", "d", "e"];
const identities = ["user-1", "user-2", "vip", "tester"].map((identifier, i) => ({
  identifier,
  traits: i % 2 === 0 ? { plan: "gold", age: 30 } : { plan: "free" },
}));

function state(name: string, value: unknown, more: object = {}) {
  const id = names.indexOf(name) + 1;
  return {
    feature: { id, name },
    enabled: true,
    feature_state_value: value,
    django_id: id,
    ...more,
  };
}

const variants = [1, 2].map((id) => ({
  id,
  percentage_allocation: 40,
  multivariate_feature_option: { value: `variant ${id}`, key: `v${id}` },
}));

function segment(id: number, type: string, overrides: readonly object[]) {
  const conditions = [
    { operator: "EQUAL", property_: "plan", value: "gold" },
    { operator: "REGEX", property_: "plan", value: "^g" },
    { operator: "PERCENTAGE_SPLIT", property_: "", value: "70" },
  ];
  const rules = [{ type: "ALL", rules: [{ type, conditions, rules: [] }], conditions: [] }];
  return { id, name: `segment ${id}`, rules, feature_states: overrides };
}

const document = {
  id: 1,
  api_key: "key",
  name: "Production",
  updated_at: "2026-11-28T00:00:00Z",
  project: {
    id: 1,
    enable_realtime_updates: false,
    segments: [
      segment(11, "ALL", [state("a", "in 11", { feature_segment: { priority: 1 } })]),
      segment(12, "ANY", [
        state("a", "in 12", { feature_segment: { priority: 0 } }),
        state("b", 12),
      ]),
      segment(13, "NONE", [state("c", "in 13", { multivariate_feature_state_values: variants })]),
    ],
  },
  feature_states: [
    state("a", "x"),
    state("b", 1),
    state("c", null, { multivariate_feature_state_values: variants, featurestate_uuid: "u" }),
    state("d", true, { enabled: false }),
    state("e", "y"),
  ],
  identity_overrides: [
    { identifier: "vip", identity_features: [state("a", "for vip"), state("d", "for vip")] },
    { identifier: "tester", identity_features: [state("e", "for tester")] },
  ],
};

const deleted = Symbol("deleted");
/** Without names of features, because a part with another name belongs to that feature, and is not malformed. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(deleted, null, {}, [], [null], "junk", "", -1, 1e300, true, false),
  fc.constantFrom<unknown>(
    { a: { b: [1] } },
    [[1], {}],
    "7",
    0.5,
    "\u0000",
    "(",
    "$.flags.a.value",
  ),
  fc.jsonValue().filter((value) => typeof value !== "string" || !names.includes(value)),
);
const paths = listPaths(document).filter(
  (path) =>
    path.length > 0 && !(path.length === 1 && ["api_key", "feature_states"].includes(`${path[0]}`)),
);
const mutations = fc.record({ path: fc.constantFrom(...paths), replacement: junk });

describe("a document with one malformed part", { timeout: fuzzTimeoutMs }, () => {
  const expected = evaluateAll(compile(document));

  test("loses no feature that is not malformed itself", () =>
    fuzz(
      "malformed documents",
      mutations,
      ({ path, replacement }) => {
        const mutated = replaceAt(document, path, replacement);
        const actual = evaluateAll(compile(mutated));
        const affected = listAffected(path);
        for (const [key, value] of Object.entries(expected)) {
          const [identity = "", feature = ""] = key.split("/");
          if (!affected(identity, feature)) expect(actual[key], key).toEqual(value);
        }
        mapEnvironmentDocument(mutated as unknown as EnvironmentDocument);
      },
      3000,
    ));

  test("and several others never throws", () =>
    fuzz(
      "documents with several malformed parts",
      fc.array(mutations, { minLength: 2, maxLength: 6 }),
      (list) => {
        let mutated: unknown = document;
        for (const { path, replacement } of list) mutated = replaceAt(mutated, path, replacement);
        evaluateAll(compile(mutated as EnvironmentDocument));
      },
      750,
    ));
});

describe("a response with malformed flags", { timeout: fuzzTimeoutMs }, () => {
  const list = names.map((name) => apiFlag(name, { feature_state_value: `value of ${name}` }));
  const flagPaths = listPaths(list).filter((path) => path.length > 0);

  test("loses no feature that is not malformed itself", () =>
    fuzz(
      "malformed responses",
      fc.record({ path: fc.constantFrom(...flagPaths), replacement: junk }),
      async ({ path, replacement }) => {
        const mutated = replaceAt(list, path, replacement);
        const platform = fakePlatform(({ method }) =>
          json(method === "GET" ? mutated : { flags: mutated }),
        );
        const flagsmith = client(platform, { logger: recordingLogger() });
        const found = [
          await flagsmith.getEnvironmentFlags(),
          await flagsmith.getIdentityFlags("user"),
        ];
        for (const flags of found) {
          for (const [index, name] of names.entries()) {
            const value = flags.getFeatureValue(name);
            if (index !== path[0]) expect(value).toBe(`value of ${name}`);
          }
        }
      },
      750,
    ));
});

function compile(given: unknown): CompiledEnvironment {
  const { value, refused } = compileEnvironmentDocument(given as EnvironmentDocument);
  if (value === undefined) throw new Error(`refused at ${refused}`);
  return value;
}

/** The flags by identity and feature. */
function evaluateAll(environment: CompiledEnvironment): Record<string, unknown> {
  const results: Record<string, unknown> = {};
  const base = environment.evaluateWithoutSegments();
  for (const name of names) results[`/${name}`] = base.flag(name);
  for (const identity of identities) {
    const evaluation = environment.evaluate(identity);
    evaluation.segments();
    evaluation.flags();
    for (const name of names) results[`${identity.identifier}/${name}`] = evaluation.flag(name);
  }
  return results;
}

/** Returns whether a mutation may affect the flag of an identity. The environment's own flags have no identity. */
function listAffected([part, ...rest]: Path): (identity: string, feature: string) => boolean {
  const nameOf = (
    states: readonly { readonly feature: { readonly name: string } }[],
    index: unknown,
  ) => states[Number(index)]?.feature.name;
  if (part === "feature_states") {
    const name = nameOf(document.feature_states, rest[0]);
    return (_, feature) => feature === name;
  }
  if (part === "identity_overrides") {
    const override = document.identity_overrides[Number(rest[0] ?? -1)];
    return (identity) =>
      identity !== "" && (override === undefined || identity === override.identifier);
  }
  if (part !== "project") return () => false;
  const [list, index, member, position] = rest;
  const overrides =
    list === "segments" && index !== undefined
      ? document.project.segments[Number(index)]
      : undefined;
  if (list !== undefined && list !== "segments") return () => false;
  if (overrides === undefined) return (identity) => identity !== "";
  const states = overrides.feature_states as readonly {
    readonly feature: { readonly name: string };
  }[];
  const affected =
    member === "feature_states" && position !== undefined
      ? [nameOf(states, position)]
      : states.map((one) => one.feature.name);
  return (identity, feature) => identity !== "" && affected.includes(feature);
}

function listPaths(value: unknown): Path[] {
  if (typeof value !== "object" || value === null) return [[]];
  const isList = Array.isArray(value);
  const inner = Object.entries(value).flatMap(([key, member]) =>
    listPaths(member).map((path) => [isList ? Number(key) : key, ...path]),
  );
  return [[], ...inner];
}

function replaceAt<T>(value: T, [step, ...rest]: Path, replacement: unknown): T {
  if (step === undefined) return replacement as T;
  if (typeof value !== "object" || value === null) return value;
  const isDeleted = rest.length === 0 && replacement === deleted;
  const entries = Object.entries(value).flatMap(([key, member]) => {
    if (key !== String(step)) return [[key, member] as const];
    return isDeleted ? [] : [[key, replaceAt(member, rest, replacement)] as const];
  });
  return (
    Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
  ) as T;
}
