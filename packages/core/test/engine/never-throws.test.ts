import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compile,
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type EvaluationContext,
  getEvaluationResult,
  type IdentityContext,
  mapEnvironmentDocument,
} from "../../src/engine/index.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";
import { listAll } from "./support.ts";

const timeout = fuzzTimeoutMs;

const names = [
  "a",
  "b",
  "c",
  "",
  "__proto__",
  "constructor",
  "toString",
  "$.a",
  "ü",
  "hasOwnProperty",
];
const operators = [
  "EQUAL",
  "NOT_EQUAL",
  "GREATER_THAN",
  "GREATER_THAN_INCLUSIVE",
  "LESS_THAN",
  "LESS_THAN_INCLUSIVE",
  "CONTAINS",
  "NOT_CONTAINS",
  "REGEX",
  "MODULO",
  "IN",
  "IS_SET",
  "IS_NOT_SET",
  "PERCENTAGE_SPLIT",
  "STARTS_WITH",
];
const properties = [
  ...names,
  "$.identity.key",
  "$.identity.identifier",
  "$.environment.name",
  "$.identity.traits.a",
  "$.identity.traits['__proto__']",
  "$.flags.a.enabled",
  "$.flags.b.value",
  "$.flags.c.reason",
  "$.flags.__proto__.enabled",
  "$.features.a.value",
  "$..identifier",
  "$..*..*..x",
  "$.identity.traits[?@.a == 1]",
  "$.a[",
];
const values = [
  "1",
  "a",
  "True",
  "2|1",
  "0|0",
  "1.2.3:semver",
  '[1, "a"]',
  "[",
  "50",
  "nan",
  "^a.*$",
  "(a+)+$",
  "(?!a)\\w*",
  "(?<=a)b",
  "a{1000}",
  "\u{1f600}",
];

const name = fc.constantFrom(...names);
const value = fc.oneof(
  fc.constantFrom(...values),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const condition = fc.record({
  operator: fc.constantFrom(...operators),
  property: fc.constantFrom(...properties),
  value: fc.oneof(value, fc.array(value), fc.jsonValue()),
});
const rules = fc.letrec<{ rule: unknown }>((tie) => ({
  rule: fc.record(
    {
      type: fc.constantFrom("ALL", "ANY", "NONE", "SOME"),
      conditions: fc.array(condition, { maxLength: 3 }),
      rules: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie("rule"), { maxLength: 2 })),
    },
    { requiredKeys: ["type"] },
  ),
})).rule;
const variant = fc.record(
  { value, weight: fc.double({ min: 0, max: 100 }), priority: fc.integer(), key: name },
  { requiredKeys: ["value", "weight"] },
);
const feature = fc.record(
  {
    key: name,
    name,
    enabled: fc.boolean(),
    value,
    priority: fc.integer(),
    variants: fc.array(variant, { maxLength: 3 }),
    metadata: fc.dictionary(name, fc.jsonValue()),
  },
  { requiredKeys: ["key", "name", "enabled", "value"] },
);
const context = fc.record({
  environment: fc.record({ key: name, name }),
  identity: fc.option(
    fc.record(
      { identifier: name, key: name, traits: fc.dictionary(name, fc.oneof(value, fc.jsonValue())) },
      { requiredKeys: ["identifier"] },
    ),
  ),
  features: fc
    .array(feature, { maxLength: 4 })
    .map((features) => Object.fromEntries(features.map((one) => [one.name, one]))),
  segments: fc
    .array(
      fc.record({
        key: name,
        name,
        rules: fc.array(rules, { maxLength: 2 }),
        overrides: fc.array(feature, { maxLength: 3 }),
      }),
      { maxLength: 4 },
    )
    .map((segments) => Object.fromEntries(segments.map((segment, i) => [`s${i}`, segment]))),
});

const documentState = fc.record(
  {
    feature: fc.record({ id: fc.nat(), name }),
    enabled: fc.boolean(),
    feature_state_value: value,
    django_id: fc.option(fc.nat()),
    featurestate_uuid: fc.uuid(),
    feature_segment: fc.option(fc.record({ priority: fc.option(fc.integer()) })),
    multivariate_feature_state_values: fc.array(
      fc.record({
        id: fc.option(fc.nat()),
        mv_fs_value_uuid: fc.oneof(fc.uuid(), fc.string()),
        percentage_allocation: fc.double({ min: 0, max: 100 }),
        multivariate_feature_option: fc.record({ value, key: fc.option(name) }),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ["feature", "enabled"] },
);
const document = fc.record({
  api_key: name,
  name,
  project: fc.record({
    segments: fc.array(
      fc.record({
        id: fc.nat(),
        name,
        rules: fc.array(rules.map(toDocumentRule), { maxLength: 2 }),
        feature_states: fc.array(documentState, { maxLength: 3 }),
      }),
      { maxLength: 4 },
    ),
  }),
  feature_states: fc.array(documentState, { maxLength: 4 }),
  identity_overrides: fc.array(
    fc.record({ identifier: name, identity_features: fc.array(documentState, { maxLength: 3 }) }),
    { maxLength: 4 },
  ),
});

describe("any JSON", () => {
  test("is evaluated as a context, or refused, without throwing", { timeout }, () =>
    fuzz("any JSON as a context", fc.jsonValue(), exerciseContext),
  );

  test("is compiled as a document, or refused, without throwing", { timeout }, () =>
    fuzz("any JSON as a document", fc.jsonValue(), exerciseDocument),
  );
});

describe("a valid context", () => {
  test("has the same result each time and in any order", { timeout }, () =>
    fuzz("contexts", context, checkDeterminism),
  );

  test("with a broken member is evaluated or refused without throwing", { timeout }, () =>
    fuzz("contexts with a broken member", withBrokenMember(context), exerciseContext),
  );
});

describe("a valid document", () => {
  test("has the same result when mapped to the context format", { timeout }, () => {
    const identity = fc.record({ identifier: name, traits: fc.dictionary(name, value) });
    return fuzz("documents as contexts", fc.record({ json: document, identity }), checkMapping);
  });

  test("with a broken member is compiled or refused without throwing", { timeout }, () =>
    fuzz("documents with a broken member", withBrokenMember(document), exerciseDocument),
  );
});

describe("evaluations that alternate", () => {
  test("do not affect each other", { timeout }, () => {
    const others = fc.array(fc.record({ identifier: name, traits: fc.dictionary(name, value) }), {
      minLength: 2,
      maxLength: 3,
    });
    return fuzz(
      "evaluations that alternate",
      fc.record({ json: context, identities: others }),
      ({ json, identities }) => {
        const environment = compile(json as EvaluationContext).value;
        if (environment === undefined) return;
        const evaluate = (identity: unknown) => environment.evaluate(identity as IdentityContext);
        const alone = identities.map((identity) => listAll(evaluate(identity)));
        const evaluations = identities.map(evaluate);
        const flags = evaluations.map((): unknown[] => []);
        for (const { name } of environment.evaluateWithoutSegments().flags()) {
          for (const [i, one] of evaluations.entries()) flags[i]?.push(one.flag(name));
        }
        const alternating = evaluations.map((one, i) => {
          return { flags: flags[i], segments: one.segments() };
        });
        expect(alternating).toEqual(alone);
      },
    );
  });
});

function exerciseContext(json: unknown): void {
  const input = json as EvaluationContext;
  const result = getEvaluationResult(input);
  expect(Object.keys(result)).toEqual(["flags", "segments"]);
  const { value: environment, refused } = compile(input);
  expect(environment === undefined).toBe(refused !== undefined);
  environment?.evaluate(null).flags();
}

function exerciseDocument(json: unknown): void {
  const input = json as EnvironmentDocument;
  const { value: environment, refused } = compileEnvironmentDocument(input);
  expect(environment === undefined).toBe(typeof refused === "string");
  expect(mapEnvironmentDocument(input).refused).toBe(refused);
  environment?.evaluate({ identifier: "a", traits: { a: 1, b: "1.0" } }).flags();
  environment?.evaluateWithoutSegments().flags();
}

function checkDeterminism(json: unknown): void {
  const input = json as EvaluationContext;
  const result = getEvaluationResult(input);
  expect(getEvaluationResult(input)).toEqual(result);
  const environment = compile(input).value;
  if (environment === undefined) throw new Error(`refused: ${compile(input).refused}`);
  const { flags, segments } = listAll(environment.evaluate(input.identity));
  const reversed = environment.evaluate(input.identity);
  expect(reversed.segments()).toEqual(segments);
  const oneByOne = [...flags].reverse().map(({ name }) => reversed.flag(name));
  expect(oneByOne.reverse()).toEqual(flags);
  for (const flag of flags) {
    expect(environment.evaluate(input.identity).flag(flag.name)).toEqual(flag);
  }
  expect(Object.keys(result.flags)).toHaveLength(flags.length);
}

function checkMapping({
  json,
  identity,
}: {
  readonly json: unknown;
  readonly identity: unknown;
}): void {
  const input = json as EnvironmentDocument;
  const direct = compileEnvironmentDocument(input);
  if (direct.value === undefined) throw new Error(`refused: ${direct.refused}`);
  const mapped = mapEnvironmentDocument(input);
  if (mapped.value === undefined) throw new Error(`refused: ${mapped.refused}`);
  const again = compile(mapped.value);
  if (again.value === undefined) throw new Error(`refused: ${again.refused}`);
  const [one, other] = [direct.value, again.value].map((environment) =>
    listAll(environment.evaluate(identity as IdentityContext)),
  );
  expect(other).toEqual(one);
}

/** Replaces one member, at any depth, by any JSON. */
function withBrokenMember(whole: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(whole, fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), fc.jsonValue())
    .map(([json, steps, replacement]) => replaceAt(json, steps, replacement));
}

function replaceAt(
  json: unknown,
  [step, ...rest]: readonly number[],
  replacement: unknown,
): unknown {
  if (step === undefined || typeof json !== "object" || json === null) return replacement;
  const entries = Object.entries(json);
  if (entries.length === 0) return replacement;
  const chosen = step % entries.length;
  const replaced = entries.map(([key, member], i) => {
    return [key, i === chosen ? replaceAt(member, rest, replacement) : member] as const;
  });
  return Array.isArray(json) ? replaced.map(([, member]) => member) : Object.fromEntries(replaced);
}

function toDocumentRule(rule: unknown): unknown {
  const { type, conditions, rules } = rule as {
    readonly type: string;
    readonly conditions?: readonly { readonly property: string }[];
    readonly rules?: readonly unknown[];
  };
  return {
    type,
    conditions: conditions?.map(({ property, ...rest }) => ({ ...rest, property_: property })),
    rules: rules?.map(toDocumentRule),
  };
}
