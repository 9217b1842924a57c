import { describe, expect, test } from "vitest";
import { changeShop, recordedDocument, serveShop, shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

const files = { "environment.json": shopDocument };
const fromFile = ["evaluate", "--document", "environment.json"];

describe("local evaluation", () => {
  test("prints the flags of the environment as a table", async () => {
    const { exitCode, stdout } = await runCommand(fromFile, { files });
    expect(stdout).toBe(
      [
        "FEATURE    STATE  VALUE             REASON",
        "dark_mode  on     -                 DEFAULT",
        "max_items  on     25                DEFAULT",
        'banner     on     {"title":"Sale"}  DEFAULT',
        "tier       off    free              DEFAULT",
        "",
        "4 flags of the environment",
        "",
      ].join("\n"),
    );
    expect(exitCode).toBe(0);
  });

  test("evaluates an identity with its traits", async () => {
    const args = [...fromFile, "max_items", "--identity", "user-42", "--trait", "plan=gold"];
    const { json } = await runCommand([...args, "--json"], { files });
    expect(json()).toMatchObject({
      mode: "local",
      identity: "user-42",
      traits: { plan: "gold" },
      flags: [{ feature: "max_items", value: 50, reason: "TARGETING_MATCH; segment=gold_users" }],
    });
  });

  test("evaluates an anonymous identity if there are only traits", async () => {
    const args = [...fromFile, "max_items", "--trait", "plan=gold", "--json"];
    const { json } = await runCommand(args, { files });
    expect(json()).toMatchObject({ identity: null, flags: [{ value: 50 }] });
  });

  test("prints the problems of the document as warnings", async () => {
    const files = { "environment.json": recordedDocument };
    const { stderr } = await runCommand(fromFile, { files });
    expect(stderr).toMatch(/^warning: Segment "bad_regex"/);
  });

  test("reads a document from standard input", async () => {
    const args = ["evaluate", "tier", "--document", "-", "--json"];
    const { json } = await runCommand(args, { stdin: JSON.stringify(shopDocument) });
    expect(json()).toMatchObject({ sources: ["standard input"], flags: [{ value: "free" }] });
  });

  test("is the default with a server-side key", async () => {
    const { api, world } = serveShop();
    const { json } = await runCommand(["evaluate", "--json"], world);
    expect(json()).toMatchObject({ mode: "local", sources: ["https://flags.test/api/v1/"] });
    expect(api.requests.map(({ path }) => path)).toEqual(["/api/v1/environment-document/"]);
  });

  test("reports an unknown feature", async () => {
    const { exitCode, stderr } = await runCommand([...fromFile, "max_item"], { files });
    expect(stderr).toBe('error: There is no feature "max_item" in the environment.\n');
    expect(exitCode).toBe(1);
  });

  test.each([
    ["plan=gold", "gold"],
    ["age=42", 42],
    ["score=-1.5", -1.5],
    ["beta=true", true],
    ["zip=01234", "01234"],
    ['id="42"', "42"],
    ["formula=a=b", "a=b"],
    ["empty=", ""],
  ])("the trait %s has the value %j", async (trait, value) => {
    const { json } = await runCommand([...fromFile, "--trait", trait, "--json"], { files });
    expect(Object.values(json()["traits"] ?? {})).toEqual([value]);
  });
});

describe("remote evaluation", () => {
  test("is the default with a client-side key, and stores nothing", async () => {
    const { api, world } = serveShop();
    const env = { ...world.env, FLAGSMITH_ENVIRONMENT_KEY: "client-side-key" };
    const args = ["evaluate", "--identity", "user-42", "--trait", "plan=gold", "--json"];
    const { json } = await runCommand(args, { ...world, env });
    expect(json()).toMatchObject({ mode: "remote", sources: ["https://flags.test/api/v1/"] });
    const [request] = api.requests;
    expect(request?.path).toBe("/api/v1/identities/");
    expect(JSON.parse(request?.body ?? "")).toMatchObject({ transient: true });
  });

  test("names the variable with the key that the API refuses", async () => {
    const { world } = serveShop();
    const env = { ...world.env, FLAGSMITH_ENVIRONMENT_KEY: "another-key" };
    const { exitCode, stderr } = await runCommand(["evaluate"], { ...world, env });
    expect(stderr).toMatch(/does not accept the key of FLAGSMITH_ENVIRONMENT_KEY/);
    expect(stderr).not.toContain("another-key");
    expect(exitCode).toBe(1);
  });

  test("does not blame the key for another failure", async () => {
    const { world } = serveShop();
    const fetch = async () => new Response("{}", { status: 404 });
    const { exitCode, stderr } = await runCommand(["evaluate", "--mode", "remote"], {
      ...world,
      fetch,
    });
    expect(stderr).toMatch(/^error: GET .* failed with status 404/);
    expect(exitCode).toBe(1);
  });

  test("does not use a document", async () => {
    const { exitCode, stderr } = await runCommand([...fromFile, "--mode", "remote"], { files });
    expect(stderr).toMatch(/--document is for local evaluation/);
    expect(exitCode).toBe(2);
  });
});

test.each(["local", "remote"])("%s evaluation reports an invalid trait once", async (mode) => {
  const { world } = serveShop();
  const trait = `note=${"x".repeat(2001)}`;
  const args = ["evaluate", "--mode", mode, "--identity", "user-42", "--trait", trait];
  const { exitCode, stderr } = await runCommand(args, world);
  expect(stderr).toMatch(/^warning: .*"note".*\n$/);
  expect(exitCode).toBe(0);
});

describe("both", () => {
  const args = ["evaluate", "--identity", "user-42", "--mode", "both"];

  test("exits with 0 if all flags are equal", async () => {
    const { world } = serveShop();
    const { exitCode, stdout } = await runCommand(args, world);
    expect(stdout).toBe("4 flags equal, 0 different\n");
    expect(exitCode).toBe(0);
  });

  test("a feature that is off or missing on one side is a difference", async () => {
    const { world } = serveShop();
    const [first, ...others] = shopDocument.feature_states;
    const old = { ...shopDocument, feature_states: [{ ...first, enabled: false }, ...others] };
    old.feature_states.pop();
    const both = ["evaluate", "--mode", "both", "--document", "environment.json"];
    const files = { "environment.json": old };
    const { exitCode, stdout } = await runCommand(both, { ...world, files });
    expect(stdout).toBe(
      [
        "FEATURE    LOCAL    REMOTE    LOCAL REASON",
        "dark_mode  off -    on -      DEFAULT",
        "tier       missing  off free  -",
        "",
        "2 flags equal, 2 different",
        "",
      ].join("\n"),
    );
    expect(exitCode).toBe(3);
  });

  test("a flag that is on and that the API does not return is a difference", async () => {
    const [first, ...others] = shopDocument.feature_states;
    const { world } = serveShop({ ...shopDocument, feature_states: others });
    const both = [...args, "--document", "environment.json"];
    const { exitCode, json } = await runCommand([...both, "--json"], { ...world, files });
    expect(json()["differences"]).toMatchObject([
      { feature: first?.feature.name, local: { enabled: true }, remote: null },
    ]);
    expect(exitCode).toBe(3);
  });

  test("a flag that is off and that the API hides is no difference", async () => {
    const { world } = serveShop({ ...shopDocument, hide_disabled_flags: true });
    const { exitCode, stdout } = await runCommand(args, world);
    expect(stdout).toBe("4 flags equal, 0 different\n");
    expect(exitCode).toBe(0);
  });

  test("shows the difference of long values with the same start", async () => {
    const { world } = serveShop(changeShop({ banner: `${"x".repeat(60)}1` }));
    const old = { "environment.json": changeShop({ banner: `${"x".repeat(60)}2` }) };
    const both = [...args, "--document", "environment.json"];
    const { stdout } = await runCommand(both, { ...world, files: old });
    expect(stdout).toMatch(/banner {3}on …x{10}2 {2}on …x{10}1 {2}DEFAULT/);
  });

  test("lists the differences, and exits with 3", async () => {
    const { world } = serveShop();
    const old = { "environment.json": changeShop({ max_items: 10 }) };
    const both = [...args, "--document", "environment.json"];
    const { exitCode, stdout } = await runCommand(both, { ...world, files: old });
    expect(stdout).toMatch(/max_items {2}on 10 {2}on 25 {3}DEFAULT\n\n3 flags equal, 1 different/);
    expect(exitCode).toBe(3);
    const { json } = await runCommand([...both, "--json"], { ...world, files: old });
    expect(json()["differences"]).toMatchObject([
      { feature: "max_items", local: { value: 10 }, remote: { value: 25 } },
    ]);
  });
});
