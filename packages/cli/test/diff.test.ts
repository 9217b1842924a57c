import type { Draft, WireDocument } from "@flagsmith-isomorphic/testing";
import { describe, expect, test } from "vitest";
import { changeShop, recordedDocument, serveShop, shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

const [gold] = shopDocument.project.segments;

/** Another value of the environment, another rule, a new feature and a removed one. */
const changed = {
  ...changeShop({ max_items: 30 }),
  project: {
    segments: [
      {
        ...gold,
        rules: [
          {
            type: "ALL",
            conditions: [{ property_: "plan", operator: "EQUAL", value: "platinum" }],
          },
        ],
      },
    ],
  },
  feature_states: [
    ...changeShop({ max_items: 30 }).feature_states.filter(({ feature }) => feature.id !== 4),
    { feature: { id: 5, name: "search" }, enabled: true, feature_state_value: null },
  ],
};

const files = {
  "old.json": shopDocument,
  "new.json": changed,
  "sample.csv": "identifier,plan\nalice,gold\nbob,gold\ncarol,\n",
};

/** Changes a part of a document. */
function change(part: object | undefined, members: object): void {
  if (part === undefined) throw new Error("The document has no such part.");
  Object.assign(part, members);
}

function createVariant(
  id: number,
  { percentage, value }: { readonly percentage: number; readonly value: string },
) {
  const option = { value, key: null };
  return { id, percentage_allocation: percentage, multivariate_feature_option: option };
}

const percentageRules = [
  { type: "ALL", conditions: [{ property_: "", operator: "PERCENTAGE_SPLIT", value: "1" }] },
];

describe("diff", () => {
  test("shows the difference of long values with the same start", async () => {
    const title = "x".repeat(60);
    const long = {
      "old.json": changeShop({ banner: `{"title":"${title}","n":1}` }),
      "new.json": changeShop({ banner: `{"title":"${title}","n":2}` }),
    };
    const { stdout } = await runCommand(["diff", "old.json", "new.json"], { files: long });
    const change = String.raw`on "…xxxx\",\"n\":1}" → on "…xxxx\",\"n\":2}"`;
    expect(stdout).toBe(`~ banner
    environment  ${change}
    identities   1 of 1
                 "alice"  ${change}
1 flag changed, for 1 of 1 identity of the sample
`);
  });

  test("prints which flags change, through which segment, and for whom", async () => {
    const args = ["diff", "old.json", "new.json", "--identities", "sample.csv"];
    const { exitCode, stdout } = await runCommand(args, { files });
    expect(stdout).toBe(`~ max_items
    environment  on 25 → on 30
    segments     gold_users (id 12)
    identities   2 of 3
                 "bob"  on 50 → on 30
                 "carol"  on 25 → on 30
- tier
    environment  off "free"
    identities   3 of 3
                 "alice"  off "free" → unknown
                 "bob"  off "free" → unknown
                 "carol"  off "free" → unknown
+ search
    environment  on
    identities   3 of 3
                 "alice"  unknown → on
                 "bob"  unknown → on
                 "carol"  unknown → on
3 flags changed, for 3 of 3 identities of the sample
`);
    expect(exitCode).toBe(0);
  });

  test("finds nothing in equal documents", async () => {
    const args = ["diff", "old.json", "old.json", "--exit-code"];
    const { exitCode, stdout } = await runCommand(args, { files });
    expect(stdout).toBe("0 flags changed, for 0 of 1 identity of the sample\n");
    expect(exitCode).toBe(0);
  });

  test("exits with 3 for differences with --exit-code", async () => {
    const args = ["diff", "old.json", "new.json", "--exit-code", "--json"];
    const { exitCode, json } = await runCommand(args, { files });
    expect(exitCode).toBe(3);
    expect(json()).toMatchObject({ old: "old.json", new: "new.json", sampleSize: 1 });
  });

  test("compares with the document of the API", async () => {
    const { world } = serveShop();
    const old = { "old.json": changeShop({ max_items: 10 }) };
    const { json } = await runCommand(["diff", "old.json", "--json"], { ...world, files: old });
    expect(json()).toMatchObject({
      new: "https://flags.test/api/v1/",
      changes: [{ feature: "max_items", environment: { from: { value: 10 }, to: { value: 25 } } }],
    });
  });

  test("limits the identities that it lists", async () => {
    const args = ["diff", "old.json", "new.json", "--identities", "sample.csv", "--limit", "1"];
    const { stdout } = await runCommand(args, { files });
    expect(stdout).toContain('identities   3 of 3\n                 "alice"  unknown → on\n');
    expect(stdout).toContain("… 2 more");
  });

  test("prints what has changed besides the state of the environment", async () => {
    const next = structuredClone(shopDocument) as Draft<WireDocument>;
    change(next.project.segments[0]?.feature_states?.[0], { enabled: false });
    change(next.identity_overrides?.[0]?.identity_features?.[0], { feature_state_value: 98 });
    const banner = next.feature_states.find(({ feature }) => feature.name === "banner");
    const option = { id: 1, value: '{"title":"New"}' };
    const variant = { id: 1, multivariate_feature_option: option, percentage_allocation: 0 };
    change(banner, { multivariate_feature_state_values: [variant] });
    const world = { files: { "old.json": shopDocument, "new.json": next } };
    const { stdout } = await runCommand(["diff", "old.json", "new.json", "--limit", "0"], world);
    expect(stdout).toBe(`~ max_items
    segments     gold_users (id 12)
    overrides    of identities changed
    identities   1 of 1
                 … 1 more
~ banner
    variants     changed
2 flags changed, for 1 of 1 identity of the sample
`);
  });

  test("warns about documents of different environments", async () => {
    const other = { ...shopDocument, api_key: "another-key" };
    const world = { files: { "old.json": shopDocument, "new.json": other } };
    const { stderr } = await runCommand(["diff", "old.json", "new.json"], world);
    expect(stderr).toMatch(/^warning: The documents are of different environments/);
  });

  test("finds a changed override of an identity", async () => {
    const document = structuredClone(recordedDocument);
    const override = { ...document.identity_overrides?.[0], identity_features: [] };
    const next = { ...document, identity_overrides: [override] };
    const world = { files: { "old.json": document, "new.json": next } };
    const { json } = await runCommand(["diff", "old.json", "new.json", "--json"], world);
    const changes = json()["changes"] as { feature: string; identities: unknown[] }[];
    expect(changes.find(({ feature }) => feature === "identity_target")).toMatchObject({
      identityOverridesChanged: true,
      segments: [],
    });
  });

  test.each<[string, (draft: Draft<WireDocument>) => void, object | undefined]>([
    [
      "the state of a feature",
      ({ feature_states: [state] }) => change(state, { enabled: false }),
      {},
    ],
    [
      "the rules of a segment with an override",
      ({ project }) => change(project.segments[0], { rules: [] }),
      { segments: ["gold_users (id 12)"] },
    ],
    [
      "the override of a segment",
      ({ project }) => change(project.segments[0]?.feature_states?.[0], { enabled: false }),
      { segments: ["gold_users (id 12)"] },
    ],
    [
      "the priority of a segment",
      ({ project }) =>
        change(project.segments[0]?.feature_states?.[0], { feature_segment: { priority: 1 } }),
      { segments: ["gold_users (id 12)"] },
    ],
    [
      "variants",
      ({ feature_states: [state] }) =>
        change(state, {
          multivariate_feature_state_values: [createVariant(1, { percentage: 0, value: "a" })],
        }),
      { variantsChanged: true },
    ],
    [
      "the override of an identity",
      ({ identity_overrides: list }) =>
        change(list?.[0]?.identity_features?.[0], { feature_state_value: 98 }),
      { identityOverridesChanged: true },
    ],
    ["the id of a segment", ({ project }) => change(project.segments[0], { id: 13 }), undefined],
    [
      "the rules of a segment without an override",
      ({ project }) => change(project.segments[0], { rules: [], feature_states: [] }),
      undefined,
    ],
  ])("%s alone: one change, or none without an effect", async (name, mutate, expected) => {
    const [old, next] = [structuredClone(shopDocument), structuredClone(shopDocument)];
    // Without an override in both, only the rules differ.
    if (name.endsWith("without an override"))
      change(old.project.segments[0], { feature_states: [] });
    mutate(next as Draft<WireDocument>);
    const world = {
      files: { "old.json": old, "new.json": next, "identities.csv": "identifier\nuser-42\n" },
    };
    const args = ["diff", "old.json", "new.json", "--identities", "identities.csv", "--json"];
    const { json } = await runCommand(args, world);
    const others = { segments: [], variantsChanged: false, identityOverridesChanged: false };
    expect(json()["changes"]).toMatchObject(
      expected === undefined ? [] : [{ kind: "changed", ...others, ...expected }],
    );
  });

  test.each<[string, (segment: object) => readonly object[], readonly string[]]>([
    [
      "the id of a segment with a percentage",
      (segment) => [{ ...segment, id: 13, rules: percentageRules }],
      ["gold_users (id 12)"],
    ],
    [
      "another segment with the same name",
      (segment) => [
        { ...segment, rules: percentageRules },
        { ...segment, id: 13 },
      ],
      ["gold_users (id 13)"],
    ],
    [
      "the name of a segment",
      (segment) => [{ ...segment, name: "vip", rules: percentageRules }],
      ["gold_users (id 12)", "vip (id 12)"],
    ],
  ])("%s is a change", async (_, create, expected) => {
    const write = (segments: readonly object[]) => ({ ...shopDocument, project: { segments } });
    const world = {
      files: {
        "old.json": write([{ ...gold, rules: percentageRules }]),
        "new.json": write(create({ ...gold })),
        "identities.csv": "identifier\nuser-42\n",
      },
    };
    const args = ["diff", "old.json", "new.json", "--identities", "identities.csv", "--json"];
    const { json } = await runCommand(args, world);
    expect(json()["changes"]).toMatchObject([{ feature: "max_items", segments: expected }]);
  });

  test.each(["-1", "1.5", "many"])("refuses the limit %s", async (limit) => {
    const { exitCode } = await runCommand(["diff", "old.json", "new.json", `--limit=${limit}`], {
      files,
    });
    expect(exitCode).toBe(2);
  });

  test.each([
    ["the old", ["-", "new.json"]],
    ["the new", ["old.json", "-"]],
  ])("reads %s document from standard input", async (_, paths) => {
    const stdin = JSON.stringify(paths[0] === "-" ? files["old.json"] : files["new.json"]);
    const piped = await runCommand(["diff", ...paths], { files, stdin });
    const { stdout } = await runCommand(["diff", "old.json", "new.json"], { files });
    expect([piped.stdout, piped.exitCode]).toEqual([stdout, 0]);
  });

  test("reads only one document from standard input", async () => {
    const { exitCode, stderr } = await runCommand(["diff", "-", "-"], { files });
    expect(stderr).toBe("error: Only one of the documents can be read from standard input.\n");
    expect(exitCode).toBe(2);
  });

  test("ignores the order of identities and of variants", async () => {
    const variants = [
      createVariant(1, { percentage: 30, value: "pro" }),
      createVariant(2, { percentage: 20, value: "team" }),
    ];
    const overrides = ["alice", "bob"].map((identifier) => ({
      identifier,
      identity_features: shopDocument.feature_states.slice(0, 1),
    }));
    const createDocument = (sort: <T>(list: readonly T[]) => readonly T[]) => ({
      ...shopDocument,
      feature_states: shopDocument.feature_states.map((state) => ({
        ...state,
        multivariate_feature_state_values: sort(variants),
      })),
      identity_overrides: sort(overrides),
    });
    const old = createDocument((list) => list);
    const next = createDocument((list) => [...list].reverse());
    const world = { files: { "old.json": old, "new.json": next } };
    const { json } = await runCommand(["diff", "old.json", "new.json", "--json"], world);
    expect(json()["changes"]).toEqual([]);
  });

  test("finds variants whose ranges are swapped", async () => {
    const createDocument = (first: number, second: number) => ({
      ...shopDocument,
      feature_states: shopDocument.feature_states.map((state) => ({
        ...state,
        multivariate_feature_state_values: [
          createVariant(first, { percentage: 30, value: "pro" }),
          createVariant(second, { percentage: 30, value: "team" }),
        ],
      })),
    });
    const world = { files: { "old.json": createDocument(1, 2), "new.json": createDocument(2, 1) } };
    const { json } = await runCommand(["diff", "old.json", "new.json", "--json"], world);
    expect(json()["changes"]).toHaveLength(shopDocument.feature_states.length);
  });

  test("lists a flag that only identities get another variant of", async () => {
    const createDocument = (django_id: number) => ({
      ...shopDocument,
      feature_states: shopDocument.feature_states.map((state) => ({
        ...state,
        django_id,
        multivariate_feature_state_values: [createVariant(1, { percentage: 50, value: "pro" })],
      })),
    });
    const sample = `identifier\n${Array.from({ length: 50 }, (_, index) => `user-${index}`).join("\n")}`;
    const world = {
      files: { "old.json": createDocument(1), "new.json": createDocument(2), "sample.csv": sample },
    };
    const args = ["diff", "old.json", "new.json", "--identities", "sample.csv", "--json"];
    const { json } = await runCommand(args, world);
    const changes = json()["changes"] as { readonly variantsChanged: boolean }[];
    expect(changes).toHaveLength(shopDocument.feature_states.length);
    expect(changes.some(({ variantsChanged }) => variantsChanged)).toBe(false);
  });

  test("a sample that cannot be read exits with 1", async () => {
    const args = ["diff", "old.json", "new.json", "--identities", "missing.csv"];
    const { exitCode, stderr } = await runCommand(args, { files });
    expect(stderr).toBe("error: missing.csv cannot be read (ENOENT).\n");
    expect(exitCode).toBe(1);
  });

  test.each([
    [
      "has no header with an identifier",
      "plan\ngold\n",
      /needs a header with the column "identifier"/,
    ],
    ["is not CSV", 'identifier,plan\n"alice,gold\n', /sample\.csv is not CSV/],
    ["is empty", "", /needs a header with the column "identifier"/],
  ])("a sample that %s exits with 1", async (_, csv, line) => {
    const args = ["diff", "old.json", "new.json", "--identities", "sample.csv"];
    const world = { files: { ...files, "sample.csv": csv } };
    const { exitCode, stderr } = await runCommand(args, world);
    expect(stderr).toMatch(line);
    expect(stderr.split("\n")).toHaveLength(2);
    expect(exitCode).toBe(1);
  });

  test("tolerates malformed parts of a document", async () => {
    const broken = {
      api_key: "client-side-key",
      feature_states: [null, { feature: 1 }, ...shopDocument.feature_states],
      project: { segments: [5, { name: "x", feature_states: [null] }] },
      identity_overrides: [{ identifier: 7 }, null],
    };
    const world = { files: { "old.json": shopDocument, "new.json": broken } };
    for (const args of [
      ["diff", "old.json", "new.json"],
      ["types", "--document", "new.json"],
      ["document", "--document", "new.json", "--output", "x.json"],
    ]) {
      const { exitCode, stderr } = await runCommand(args, world);
      expect(stderr).not.toMatch(/error/);
      expect(exitCode).toBe(0);
    }
  });
});
