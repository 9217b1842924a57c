import { describe, expect, test } from "vitest";
import {
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type Evaluation,
  type Problem,
} from "../../src/engine/index.ts";
import { timeout } from "./support.ts";

/** Counts the items that arrays, maps and sets read while a function runs. */
function countSteps(run: () => void): number {
  let steps = 0;
  const restore: (() => void)[] = [];
  const replace = (target: object, name: string, create: (original: Method) => Method) => {
    const original = Reflect.get(target, name) as Method;
    Reflect.set(target, name, create(original));
    restore.push(() => Reflect.set(target, name, original));
  };
  const count = (original: Method): Method =>
    function (this: unknown, ...values) {
      steps++;
      return Reflect.apply(original, this, values);
    };
  const countCallback = (original: Method): Method =>
    function (this: unknown, callback, ...values) {
      const counted = (...items: unknown[]) => {
        steps++;
        return (callback as (...all: unknown[]) => unknown)(...items);
      };
      return Reflect.apply(original, this, [counted, ...values]);
    };
  const iterators = [[][Symbol.iterator](), new Map().values(), new Set().values()];
  for (const iterator of iterators) replace(Object.getPrototypeOf(iterator), "next", count);
  for (const name of ["get", "has", "set"]) replace(Map.prototype, name, count);
  for (const name of ["has", "add"]) replace(Set.prototype, name, count);
  for (const name of ["some", "every", "find", "filter", "map", "flatMap", "forEach"]) {
    replace(Array.prototype, name, countCallback);
  }
  try {
    run();
  } finally {
    for (const undo of restore) undo();
  }
  return steps;
}

type Method = (this: unknown, ...values: unknown[]) => unknown;

const state = (id: number, value: unknown = "x") => ({
  feature: { id, name: `feature ${id}` },
  enabled: true,
  feature_state_value: value,
});
const repeat = <T>(length: number, create: (index: number) => T) =>
  Array.from({ length }, (_, index) => create(index));

function createDocument(members: object): EnvironmentDocument {
  return { api_key: "key", project: { segments: [] }, feature_states: [], ...members } as never;
}

function evaluate(document: EnvironmentDocument): Evaluation {
  const environment = compileEnvironmentDocument(document).value;
  if (environment === undefined) throw new Error("refused");
  return environment.evaluate({ identifier: "me", traits: { plan: "x" } });
}

const condition = (property_: string, value: unknown = "x", operator = "EQUAL") => ({
  operator,
  property_,
  value,
});
const segment = (id: number, conditions: readonly object[], more: object = {}) => ({
  id,
  name: `segment ${id}`,
  rules: [{ type: "ANY", conditions }],
  ...more,
});

const documents: Record<string, (size: number) => EnvironmentDocument> = {
  "overrides of one identity": (size) =>
    createDocument({
      feature_states: repeat(size, state),
      identity_overrides: [{ identifier: "me", identity_features: repeat(size, state) }],
    }),
  "records of one identity": (size) =>
    createDocument({
      feature_states: repeat(size, state),
      identity_overrides: repeat(size, (id) => ({
        identifier: "me",
        identity_features: [state(id, `own ${id}`)],
      })),
    }),
  "overrides of one segment": (size) =>
    createDocument({
      feature_states: repeat(size, state),
      project: {
        segments: [segment(1, [condition("plan")], { feature_states: repeat(size, state) })],
      },
    }),
  "overrides of one feature": (size) =>
    createDocument({
      feature_states: [state(0)],
      project: {
        segments: repeat(size, (id) =>
          segment(id, [condition("none")], { feature_states: [state(0)] }),
        ),
      },
    }),
  "flags that depend on many flags": (size) =>
    createDocument({
      feature_states: repeat(size, state),
      project: {
        segments: [
          segment(
            1,
            repeat(size, (id) => condition(`$.flags['feature ${size / 2 + id}'].value`, "no")),
            { feature_states: repeat(size / 2, state) },
          ),
        ],
      },
    }),
  "segments that read features": (size) =>
    createDocument({
      feature_states: repeat(size, state),
      project: {
        segments: repeat(size, (id) =>
          segment(id, [condition("$.features['feature 1'].value", "no")]),
        ),
      },
    }),
  "members of a list": (size) =>
    createDocument({
      project: {
        segments: [segment(1, [condition("plan", JSON.stringify(repeat(size, String)), "IN")])],
      },
    }),
};

describe("the steps of compiling and evaluating", { timeout }, () => {
  test.each(Object.entries(documents))("are linear: %s", (_name, create) => {
    const measure = (size: number) => {
      const document = create(size);
      return countSteps(() => {
        const evaluation = evaluate(document);
        evaluation.flags();
        evaluation.segments();
      });
    };
    expect(measure(2000) / measure(1000)).toBeLessThan(2.2);
  });

  test.each(Object.entries(documents))("of changed features are linear: %s", (_name, create) => {
    const measure = (size: number) => {
      const [before, after] = repeat(2, () => compileEnvironmentDocument(create(size)));
      if (!before?.value || !after?.value) throw new Error("refused");
      const [old, current] = [before.value, after.value];
      return countSteps(() => current.changedFeatures(old));
    };
    expect(measure(2000) / Math.max(measure(1000), 1)).toBeLessThan(2.2);
  });
});

describe("a JSONPath search", { timeout }, () => {
  const segments = repeat(100, (id) => segment(id, [condition("$..nowhere")]));
  const document = (size: number) =>
    createDocument({ feature_states: repeat(size, state), project: { segments } });

  test("of many segments shares one budget, and its segments do not match", () => {
    const messages: string[] = [];
    const onProblem = ({ message }: Problem) => void messages.push(message);
    const environment = compileEnvironmentDocument(document(5000), onProblem).value;
    const steps = countSteps(() => environment?.evaluate({ identifier: "me" }).segments());
    expect(steps).toBeLessThan(3_000_000);
    expect(messages.length).toBeGreaterThan(50);
    expect(messages[0]).toMatch(/^Segment "segment \d+" \(id \d+\): its conditions need more than/);
  });

  test("over the budget does not make a NONE rule match", () => {
    const none = {
      id: 1,
      name: "none",
      rules: [{ type: "NONE", conditions: repeat(60, () => condition("$..nowhere")) }],
    };
    const evaluation = evaluate({ ...document(5000), project: { segments: [none] } });
    expect(evaluation.segments()).toEqual([]);
  });
});

/** These are matched by native code, whose steps cannot be counted. Quadratic time would take minutes. */
describe("a text of a million characters", { timeout: 20_000 }, () => {
  test.each(["1.1.1-0.", "1.1.1-a.", "1.1.1+a.", "0.0.0-0", "1", " ", "1e", "1_", "inf", "-", "٣"])(
    "is compared in linear time: %j",
    (unit) => {
      const value = unit.repeat(1_000_000 / unit.length);
      const operators = ["EQUAL", "GREATER_THAN", "MODULO", "IN", "CONTAINS", "PERCENTAGE_SPLIT"];
      const conditions = operators.flatMap((operator) => [
        condition("text", "1.1.1:semver", operator),
        condition("text", `${value}:semver`, operator),
        condition("text", value, operator),
      ]);
      const document = createDocument({ project: { segments: [segment(1, conditions)] } });
      const environment = compileEnvironmentDocument(document).value;
      environment?.evaluate({ identifier: "me", traits: { text: value } }).segments();
      environment?.evaluate({ identifier: "me", traits: { text: `${value}x` } }).segments();
    },
  );
});
