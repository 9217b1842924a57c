import { describe, expect, test } from "vitest";
import { shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

const files = {
  "environment.json": shopDocument,
  "src/app.ts": 'flags.isFeatureEnabled("dark_mode");\nflags.isFeatureEnabled("old_one");',
  "src/cart.ts": 'flags.getNumber("max_items", 1);\nflags.getFeatureValue(name);',
  "src/flags.ts": "export const appFlags = defineFlags({ tier: stringFlag('') });",
  "src/jobs/send.py": 'flags.get_feature_value("banner")',
  "node_modules/other/index.js": 'flags.isFeatureEnabled("of_another")',
  ".gitignore": "*.gen.ts\n/generated/\n",
  "src/api.gen.ts": 'flags.isFeatureEnabled("generated_one")',
  "generated/x.ts": 'flags.isFeatureEnabled("generated_two")',
  "src/again.gen.ts": "flags.getFeatureValue('banner')",
  "src/.gitignore": "!again.gen.ts",
};

const usages = (...args: readonly string[]) =>
  runCommand(["usages", "--document", "environment.json", ...args], { files });

describe("usages", () => {
  test("lists used, unknown and unused features", async () => {
    const { exitCode, stdout, stderr } = await usages();
    expect(stdout).toBe(`dark_mode  src/app.ts:1
max_items  src/cart.ts:1
banner  src/again.gen.ts:1, src/jobs/send.py:1
unknown old_one  src/app.ts:2
unused  tier
3 of 4 features used, 1 unknown, in 5 files
`);
    expect(stderr).toMatch(/^warning: 1 call with a computed name, for example src\/cart\.ts:2/);
    expect(exitCode).toBe(0);
  });

  test("--unknown exits with 3 for a feature that does not exist", async () => {
    const { exitCode, stdout } = await usages("--unknown");
    expect(stdout).toBe("old_one  src/app.ts:2\n");
    expect(exitCode).toBe(3);
    expect((await usages("--unknown", "src/cart.ts")).exitCode).toBe(0);
  });

  test("--unused exits with 3 for a feature that is only defined", async () => {
    const { exitCode, stdout } = await usages("--unused", "src");
    expect(stdout).toBe("tier\n");
    expect(exitCode).toBe(3);
  });

  test("prints JSON with all places", async () => {
    const { json, stderr } = await usages("--json");
    expect(stderr).toBe("");
    expect(json()).toMatchObject({
      files: 5,
      unknown: [{ feature: "old_one", usages: [{ file: "src/app.ts", line: 2, kind: "call" }] }],
      unused: ["tier"],
      computedCalls: ["src/cart.ts:2"],
    });
  });

  test("leaves out files by a pattern", async () => {
    const { stdout } = await usages("--unknown", "--ignore", "app.ts");
    expect(stdout).toBe("");
  });

  test("leaves out files by a pattern, also outside of the working directory", async () => {
    const outside = {
      "environment.json": shopDocument,
      "../web/src/app.ts": 'flags.isFeatureEnabled("old_one");',
      "../web/src/app.test.ts": 'flags.isFeatureEnabled("of_a_test")',
      "../web/lib/x.ts": 'flags.isFeatureEnabled("of_lib")',
    };
    const options = ["--unknown", "--ignore", "*.test.ts", "--ignore", "/lib"];
    const args = ["usages", "--document", "environment.json", ...options, "../web"];
    const { stdout } = await runCommand(args, { files: outside });
    expect(stdout).toBe("old_one  ../web/src/app.ts:1\n");
  });

  test("leaves out files by a pattern that starts in the working directory", async () => {
    const { stdout } = await usages("--unknown", "--ignore", "/src/app.ts", "src");
    expect(stdout).toBe("generated_one  src/api.gen.ts:1\n");
  });

  test("leaves out hidden files and folders, also in a folder that is given", async () => {
    const hidden = { "src/.old/app.ts": "flags.isFeatureEnabled('hidden_one')" };
    const world = { files: { ...files, ...hidden, "src/.app.ts": hidden["src/.old/app.ts"] } };
    const args = ["usages", "--document", "environment.json", "--unknown"];
    expect((await runCommand(args, world)).stdout).toBe("old_one  src/app.ts:2\n");
    const given = await runCommand([...args, "src/.old"], world);
    expect(given.stdout).toBe("hidden_one  src/.old/app.ts:1\n");
  });

  test("the rules of an inner folder come after those of the folders around it", async () => {
    const repository = {
      "environment.json": shopDocument,
      ".git/HEAD": "ref: refs/heads/main",
      ".gitignore": "*.gen.ts\n",
      "src/.gitignore": "!*.gen.ts\n",
      "src/api/x.gen.ts": 'flags.isFeatureEnabled("generated_one")',
    };
    const args = ["usages", "--document", "environment.json", "--unknown", "src/api"];
    const { stdout } = await runCommand(args, { files: repository });
    expect(stdout).toBe("generated_one  src/api/x.gen.ts:1\n");
  });

  test("leaves out what the folders above a path ignore, but not the path itself", async () => {
    const inPackage = Object.entries(files).map(([path, text]) => [`packages/shop/${path}`, text]);
    const repository = {
      ...Object.fromEntries(inPackage),
      ".git/HEAD": "ref: refs/heads/main",
      ".gitignore": "*.py\n",
    };
    const list = async (path: string) => {
      const args = ["usages", "--document", "packages/shop/environment.json", "--json", path];
      const { json } = await runCommand(args, { files: repository });
      return json();
    };
    const expected = { files: 4, unknown: [{ feature: "old_one" }] };
    expect(await list("packages/shop/src")).toMatchObject(expected);
    const generated = { unknown: [{ feature: "generated_two" }] };
    expect(await list("packages/shop/generated")).toMatchObject(generated);
    expect(await list("packages/shop/generated/x.ts")).toMatchObject(generated);
  });

  test("follows no rules from outside of the Git repository", async () => {
    const outside = { ...files, ".git/HEAD": "ref: refs/heads/main", "../.gitignore": "*.ts\n" };
    const run = (path: string) =>
      runCommand(["usages", "--document", "environment.json", "--json", path], { files: outside });
    expect((await run(".")).json()).toMatchObject({ files: 5 });
    expect((await run("src")).json()).toMatchObject({ files: 5 });
  });

  test.each([
    ["folder", "src/locked", { "src/locked/a.ts": "" }, 5],
    ["file", "src/locked.ts", { "src/locked.ts": "" }, 6],
  ])("goes on after a %s that cannot be read", async (_, locked, more, count) => {
    const args = ["usages", "--document", "environment.json"];
    const world = { files: { ...files, ...more } };
    const { exitCode, stdout, stderr } = await runCommand(args, world, (port) => {
      const refuse =
        <T>(access: (path: string) => Promise<T>) =>
        async (path: string) => {
          if (path.endsWith(locked)) throw new Error("EACCES");
          return access(path);
        };
      return { ...port, list: refuse(port.list), read: refuse(port.read) };
    });
    expect(stdout).toContain(`3 of 4 features used, 1 unknown, in ${count} files`);
    expect(stderr).toContain(`warning: ${locked} cannot be read.\n`);
    expect(exitCode).toBe(0);
  });

  test("leaves out bundles", async () => {
    const bundle = `${"x".repeat(2_000_000)} flags.isFeatureEnabled("bundled")`;
    const world = { files: { ...files, "src/bundle.js": bundle } };
    const args = ["usages", "--document", "environment.json"];
    const { stdout } = await runCommand(args, world);
    expect(stdout).toContain("3 of 4 features used, 1 unknown, in 6 files");
  });

  test("lists the files in the order of their names, and the lines of a file in theirs", async () => {
    const call = 'flags.isFeatureEnabled("banner");';
    const world = {
      files: {
        "environment.json": shopDocument,
        "c.vue": `<script>${call}</script>`,
        "b.ts": `flags.getFeatureValue(name);\n${call}`,
        "a.ts": `flags.getFeatureValue(name);\n${call}\n${call}`,
        "d.tsx": `const d = <b>{${call.slice(0, -1)} && 1}</b>;`,
      },
    };
    const args = ["usages", "--document", "environment.json"];
    const { stdout, stderr } = await runCommand(args, world);
    expect(stdout).toContain("banner  a.ts:2, a.ts:3, b.ts:2, 2 more\n");
    expect(stderr).toBe(
      "warning: 2 calls with a computed name, for example a.ts:1: its features may count as unused.\n",
    );
    const onlyTwo = await runCommand([...args, "c.vue", "d.tsx"], world);
    expect(onlyTwo.stdout).toContain("banner  c.vue:1, d.tsx:1\n");
    expect(onlyTwo.stderr).toBe("");
  });

  test("lists unknown features by name, and the places of a feature by line", async () => {
    const code = `const name = "banner";
flags.isFeatureEnabled("zebra");
flags.isFeatureEnabled("banner");
flags.isFeatureEnabled("apple");`;
    const world = { files: { "environment.json": shopDocument, "app.ts": code } };
    const args = ["usages", "--document", "environment.json"];
    const { stdout } = await runCommand(args, world);
    expect(stdout).toMatch(/^banner {2}app\.ts:1, app\.ts:3\nunknown apple .*\nunknown zebra /);
  });

  test("counts a file once if the paths overlap", async () => {
    const { stdout } = await usages("src/jobs", ".", "src/app.ts");
    expect(stdout).toBe((await usages()).stdout);
  });

  test("searches files with unusual names", async () => {
    const world = {
      files: {
        "environment.json": shopDocument,
        "src/OLD.TS": 'flags.isFeatureEnabled("dark_mode");',
        "src/a\\b.ts": 'flags.isFeatureEnabled("banner");',
      },
    };
    const args = ["usages", "--document", "environment.json"];
    const { stdout, stderr } = await runCommand(args, world);
    expect(stdout).toContain("dark_mode  src/OLD.TS:1\nbanner  src/a\\b.ts:1\n");
    expect(stderr).toBe("");
  });

  test("prints the problems of the document, whose features may be unknown", async () => {
    const [first, ...others] = shopDocument.feature_states;
    const states = [{ ...first, feature_state_value: {} }, ...others];
    const document = { ...shopDocument, feature_states: states };
    const world = { files: { ...files, "environment.json": document } };
    const args = ["usages", "--document", "environment.json", "--unknown"];
    const { stdout, stderr } = await runCommand(args, world);
    expect(stdout).toBe("dark_mode  src/app.ts:1\nold_one  src/app.ts:2\n");
    expect(stderr).toMatch(/^warning: Feature "dark_mode" has a malformed .*unknown\.\n/);
  });

  test("reads an apostrophe in JSX as text", async () => {
    const page = 'export const a = <b>don\'t {flags.isFeatureEnabled("old_one") && "x"}</b>;';
    const world = { files: { "environment.json": shopDocument, "page.jsx": page } };
    const { stdout } = await runCommand(
      ["usages", "--document", "environment.json", "--unknown"],
      world,
    );
    expect(stdout).toBe("old_one  page.jsx:1\n");
  });

  test("reports a path that does not exist", async () => {
    const { exitCode, stderr } = await usages("lib");
    expect(stderr).toBe("error: There is no file or folder lib.\n");
    expect(exitCode).toBe(1);
  });
});
