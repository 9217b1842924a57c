import { describe, expect, test } from "vitest";
import { shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

/** Names that contain commands of terminals or of CI logs. */
const names = [
  "::error::a",
  " ::error::b",
  "##[error]c",
  "##vso[task.prependpath]d",
  "a##teamcity[setParameter name='env.PATH']",
  "\u001b]0;e\u0007\n::error::e",
  "\u009b31mf\u007f",
  "\u202eg\u2066h\u2028",
];
const commandPattern = /^\s*::|##\w*\[|[^\n\P{Cc}]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/imu;

const [first] = shopDocument.feature_states;
const files = {
  "environment.json": {
    ...shopDocument,
    feature_states: names.map((name) => ({
      ...first,
      feature: { ...first?.feature, name },
      feature_state_value: name,
    })),
  },
  "empty.json": { ...shopDocument, feature_states: [] },
  "app.ts": names.map((name) => `flags.isFeatureEnabled(${JSON.stringify(name)});`).join("\n"),
  "\u001b[31m\n::error::f.ts": "flags.isFeatureEnabled(name);",
};

describe.each<readonly [string, readonly string[]]>([
  ["evaluate", ["--document", "environment.json"]],
  ["diff", ["empty.json", "environment.json"]],
  ["usages", ["--document", "environment.json"]],
  ["usages", ["--document", "empty.json", "--unknown"]],
  ["usages", ["--document", "environment.json", "--unused", "--ignore", "app.ts"]],
  ...names.map((name) => ["explain", ["--document", "environment.json", "--", name]] as const),
])("%s %j", (command, args) => {
  test("prints names without effects", async () => {
    const { stdout, stderr } = await runCommand([command, ...args], { files });
    expect(stdout.length).toBeGreaterThan(20);
    expect(stdout + stderr).not.toMatch(commandPattern);
  });
});

describe.each<readonly [string, readonly string[]]>([
  ["evaluate", ["--document", "environment.json"]],
  ["explain", ["--document", "environment.json", "--", "##[error]c"]],
  ["diff", ["empty.json", "environment.json"]],
  ["usages", ["--document", "environment.json"]],
  ["types", ["--document", "environment.json"]],
  ["document", ["--document", "environment.json"]],
])("%s %j", (command, args) => {
  test("prints JSON without effects, and with the same names", async () => {
    const { stdout } = await runCommand([command, "--json", ...args], { files });
    expect(stdout).not.toMatch(commandPattern);
    expect(JSON.stringify(JSON.parse(stdout))).toContain("##[error]c");
    if (command !== "explain") expect(stdout).toContain("\\u202eg\\u2066h\\u2028");
  });
});

test.each(["types", "document"])("a module of %s has no effects", async (command) => {
  const args = [command, "--format", "module", "--document", "environment.json"];
  const { stdout } = await runCommand(args, { files });
  expect(stdout).not.toMatch(commandPattern);
  expect(stdout).toContain("\\u0023#vso[");
});

test.each([
  ["types", "module"],
  ["types", "manifest"],
  ["document", "module"],
  ["document", "json"],
])("a file of %s in the format %s has no effects", async (command, format) => {
  const args = [command, "--format", format, "--document", "environment.json", "--output", "file"];
  const { written } = await runCommand(args, { files });
  expect(written("file")).toContain("\\u202eg\\u2066h");
  expect(written("file")).not.toMatch(commandPattern);
});

test("an error about an argument is one line without effects", async () => {
  for (const args of [["\u001b[2J\r::error::"], ["types", "--\u001b[2J\r"]]) {
    const { stderr } = await runCommand(args);
    expect(stderr).toMatch(/^error: unknown [^\n]*\\u001b\[2J[^\n]*\n$/);
    expect(stderr).not.toMatch(commandPattern);
  }
});

test("an error and a warning about a file are one line without effects", async () => {
  const path = "\u001b[31m\n::error::f.ts";
  const missing = await runCommand(["usages", "--document", path]);
  expect(missing.stderr).toMatch(/^error: [^\n]*cannot be read \(ENOENT\)\.\n$/);
  expect(missing.stderr).not.toMatch(commandPattern);
  const args = ["usages", "--document", "environment.json"];
  const unreadable = await runCommand(args, { files }, (port) => ({
    ...port,
    read: (file) => (file.endsWith("f.ts") ? Promise.reject(new Error("EACCES")) : port.read(file)),
  }));
  expect(unreadable.stderr).toBe("warning: \\u001b[31m\\u000a::error::f.ts cannot be read.\n");
});
