import type { WireDocument } from "@flagsmith-isomorphic/testing";
import { beforeEach, expect, test } from "vitest";
import { Overrides, parseOverrideValue } from "../src/dev/overrides.ts";

const dark = { feature: { id: 1, name: "dark" }, enabled: false, feature_state_value: null };
const size = { feature: { id: 2, name: "size" }, enabled: true, feature_state_value: 10 };
const noVariants = { multivariate_feature_state_values: [] };
const document: WireDocument = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: [dark, size],
  identity_overrides: [
    { identifier: "alice", identity_features: [{ ...dark, enabled: true }, size] },
  ],
};

let overrides = new Overrides();

beforeEach(() => {
  overrides = new Overrides();
  overrides.set("size", { value: 20 });
  overrides.set("size", { value: 30 }, "bob");
  overrides.set("size", { value: 40 }, "carol");
});

const readIdentities = () =>
  (overrides.apply(document).identity_overrides ?? []).map(({ identifier, identity_features }) => [
    identifier,
    ...(identity_features ?? []).map((state) => [state.feature.name, state.feature_state_value]),
  ]);

test("an override for all replaces those of the document, and one for an identity wins", () => {
  expect(overrides.apply(document).feature_states[1]).toMatchObject({ feature_state_value: 20 });
  expect(readIdentities()).toEqual([
    ["alice", ["dark", null]],
    ["bob", ["size", 30]],
    ["carol", ["size", 40]],
  ]);
});

test("an override for an identity replaces the one that the document has for it", () => {
  overrides.set("dark", { enabled: false, value: "text" }, "alice");
  const [alice] = overrides.apply(document).identity_overrides ?? [];
  expect(alice?.identity_features).toEqual([
    { ...dark, ...noVariants, feature_state_value: "text" },
  ]);
});

test("members that an override for an identity does not have are those of the document", () => {
  overrides.delete("size");
  overrides.set("size", { enabled: false }, "dave");
  overrides.set("dark", { value: "text" }, "dave");
  const own = { ...size, feature_state_value: 99 };
  const dave = { identifier: "dave", identity_features: [{ ...dark, enabled: true }, own] };
  const [applied] =
    overrides.apply({ ...document, identity_overrides: [dave] }).identity_overrides ?? [];
  expect(applied?.identity_features).toEqual([
    { ...dark, ...noVariants, enabled: true, feature_state_value: "text" },
    { ...own, enabled: false },
  ]);
});

test("an identity keeps all of its entries", () => {
  const alice = (identity_features: WireDocument["feature_states"]) => {
    return { identifier: "alice", identity_features };
  };
  const entries = [alice([{ ...size, feature_state_value: 99 }]), alice([size]), alice([dark])];
  overrides = new Overrides();
  overrides.set("size", { enabled: false }, "alice");
  const { identity_overrides } = overrides.apply({ ...document, identity_overrides: entries });
  expect(identity_overrides).toEqual([
    alice([{ ...size, enabled: false, feature_state_value: 99 }]),
    alice([]),
    alice([dark]),
  ]);
});

test.each([
  ["true", true],
  ["false", false],
  ["42", 42],
  ["-1", -1],
  ["007", "007"],
  ["1.5", "1.5"],
  ["2147483648", "2147483648"],
  ["on", "on"],
])("the text %s is the value %j, as in the dashboard", (text, value) => {
  expect(parseOverrideValue(text)).toBe(value);
});

test("the override of one identity can be removed", () => {
  overrides.delete("size", "bob");
  overrides.delete("size", "nobody");
  expect(readIdentities()).toEqual([["alice", ["dark", null]], ["bob"], ["carol", ["size", 40]]]);
  expect(overrides.list(document)[1]).toMatchObject({
    value: 20,
    override: { value: 20 },
    identities: { carol: { value: 40 } },
  });
});

test("without an identity, all overrides of the feature are removed", () => {
  overrides.set("dark", { enabled: true }, "bob");
  overrides.delete("size");
  expect(readIdentities()).toEqual([
    ["alice", ["dark", null], ["size", 10]],
    ["bob", ["dark", null]],
    ["carol"],
  ]);
});

test("an override of the state keeps the value, and one of the value keeps the state", () => {
  overrides.set("size", { enabled: false });
  expect(overrides.apply(document).feature_states[1]).toMatchObject({
    enabled: false,
    feature_state_value: 20,
  });
  overrides.set("dark", { value: "text" });
  expect(overrides.apply(document).feature_states[0]).toMatchObject({
    enabled: false,
    feature_state_value: "text",
  });
});

test("a document without overrides of identities can be changed", () => {
  const { identity_overrides: _, ...plain } = document;
  expect(overrides.apply(plain).identity_overrides).toMatchObject([
    { identifier: "bob" },
    { identifier: "carol" },
  ]);
});
