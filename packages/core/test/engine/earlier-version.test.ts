import { expect, test } from "vitest";
import { type CompiledEnvironment, compileEnvironmentDocument } from "../../src/engine/index.ts";
import { createCompiler } from "../fake-environment.ts";
import { recordingLogger } from "../fake-platform.ts";

const state = { feature: { id: 1, name: "f" }, enabled: false, django_id: 7 };
const enabled = { ...state, enabled: true };

function isPlan(value: unknown) {
  return [{ type: "ALL", conditions: [{ operator: "EQUAL", property_: "plan", value }] }];
}

function createSegment(id: number, name: string, rules: unknown = isPlan(name)) {
  return { id, name, rules, feature_states: [enabled] };
}

const gold = createSegment(1, "gold");
const free = createSegment(2, "free");

interface Members {
  readonly segments?: readonly unknown[];
  readonly api_key?: string;
  readonly states?: readonly unknown[];
}

function createDocument({ segments = [gold, free], api_key = "key", states = [state] }: Members) {
  return JSON.parse(JSON.stringify({ api_key, feature_states: states, project: { segments } }));
}

function compile(members: Members, earlier?: CompiledEnvironment) {
  const document = createDocument(members);
  const { value, problems } = compileEnvironmentDocument(document, undefined, undefined, earlier);
  if (value === undefined) throw new Error("refused");
  return { value, problems, segments: value.tables.segments };
}

const first = compile({});

function isEnabled(compiled: CompiledEnvironment, plan: string): boolean | undefined {
  return compiled.evaluate({ identifier: "user", traits: { plan } }).flag("f")?.enabled;
}

test("segments of an earlier version are used again if their rules are the same", () => {
  const second = compile(
    { segments: [gold, createSegment(2, "free", isPlan("none"))] },
    first.value,
  );
  expect(second.segments[0]).toBe(first.segments[0]);
  expect(second.segments[1]).not.toBe(first.segments[1]);
  expect(["gold", "free", "none"].map((plan) => isEnabled(second.value, plan))).toEqual([
    true,
    false,
    true,
  ]);
});

test("the overrides of such a segment are those of the new version", () => {
  const second = compile({ segments: [{ ...gold, feature_states: [] }, free] }, first.value);
  expect(second.segments).toEqual(first.segments);
  expect(["gold", "free"].map((plan) => isEnabled(second.value, plan))).toEqual([false, true]);
});

test.each<[string, Members]>([
  ["another id", { segments: [{ ...gold, id: 3 }] }],
  ["another name", { segments: [{ ...gold, name: "silver" }] }],
  ["another place", { segments: [free, gold] }],
  ["another environment", { api_key: "other" }],
])("a segment with %s is compiled", (_name, members) => {
  const { segments } = compile(members, first.value);
  for (const segment of segments) expect(first.segments).not.toContain(segment);
});

test("a malformed segment does not change the place of those that follow", () => {
  const { segments } = compile({ segments: [{ id: 9 }, gold, free] }, first.value);
  expect(segments.map((segment, index) => segment === first.segments[index])).toEqual([true, true]);
});

test("a segment that depended on too many flags is compiled when it does not any longer", () => {
  const names = Array.from({ length: 40 }, (_, index) => `f${index}`);
  const states = names.map((name, id) => ({ ...state, feature: { id, name } }));
  const createChain = (length: number) =>
    names.slice(1).map((name, index) => {
      const property_ = index < length ? `$.flags.f${index}.name` : "plan";
      const conditions = [{ operator: "EQUAL", property_, value: `f${index}` }];
      const feature_states = [{ ...enabled, feature: { id: index + 1, name } }];
      return { id: index, name, rules: [{ type: "ALL", conditions }], feature_states };
    });
  // Segment 35 depends on 35 others, then on none of the first 20.
  const long = compile({ states, segments: createChain(36) });
  expect(long.problems).toContainEqual({ message: expect.stringContaining("flags in a row") });
  const segments = createChain(36).map((segment, index) => (index < 20 ? gold : segment));
  const short = compile({ states, segments }, long.value);
  const identity = { identifier: "user", traits: {} };
  const matches = compile({ states, segments }).value.evaluate(identity).segments();
  expect(matches.length).toBeGreaterThan(10);
  expect(short.value.evaluate(identity).segments()).toEqual(matches);
});

test("rules that are nested too deeply to be compared are compiled", () => {
  const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  const document = () => ({
    ...createDocument({}),
    project: { segments: [createSegment(1, "deep", isPlan(deep)), free] },
  });
  const earlier = compileEnvironmentDocument(document());
  const { value } = compileEnvironmentDocument(document(), undefined, undefined, earlier.value);
  expect(value && isEnabled(value, "free")).toBe(true);
  expect(value?.tables.segments[0]).not.toBe(earlier.value?.tables.segments[0]);
});

test("rules that were changed within the document's own object are compiled", () => {
  const document = createDocument({});
  const earlier = compileEnvironmentDocument(document).value;
  document.project.segments[0].rules = isPlan("silver");
  document.project.segments[1].rules[0].conditions[0].value = "none";
  const { value } = compileEnvironmentDocument(document, undefined, undefined, earlier);
  const plans = ["gold", "free", "silver", "none"];
  expect(plans.map((plan) => value && isEnabled(value, plan))).toEqual([false, false, true, true]);
});

test("a problem of a segment is logged once, although its rules are not compiled again", () => {
  const logger = recordingLogger();
  const compiler = createCompiler(logger);
  const load = (isOn: boolean) => {
    const conditions = [{ operator: "REGEX", property_: "plan", value: "(" }];
    const segments = [createSegment(1, "invalid", [{ type: "ALL", conditions }]), free];
    const document = createDocument({ segments, states: [{ ...state, enabled: isOn }] });
    const environment = compiler.compile(document, "local");
    if ("refused" in environment) throw new Error(environment.refused);
    return environment.compiled;
  };
  const [one, other] = [load(true), load(false)];
  expect([one, other].map((compiled) => isEnabled(compiled, "gold"))).toEqual([true, false]);
  expect(other.tables.segments[0]).toBe(one.tables.segments[0]);
  expect(logger.warnings).toHaveLength(1);
});
