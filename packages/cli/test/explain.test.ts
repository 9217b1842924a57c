import { recordedIdentities } from "recordings";
import { describe, expect, test } from "vitest";
import { recordedDocument, shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

const files = { "environment.json": shopDocument, "recorded.json": recordedDocument };

const explain = (...args: readonly string[]) =>
  runCommand(["explain", "--document", "environment.json", ...args], { files });

describe("explain", () => {
  test("prints what was considered, and what won", async () => {
    const args = ["max_items", "--identity", "user-42", "--trait", "plan=gold"];
    const { exitCode, stdout } = await explain(...args);
    expect(stdout).toMatch(/^max_items is on.*50/);
    expect(stdout).toMatch(/✓ .*"gold_users"/);
    expect(stdout).toMatch(/plan EQUAL "gold"/);
    expect(exitCode).toBe(0);
  });

  test("explains the flag of the environment without an identity", async () => {
    const { json } = await explain("max_items", "--json");
    expect(json()).toMatchObject({ identity: null, flag: { value: 25 } });
  });

  test("reports an unknown feature", async () => {
    const { exitCode, stderr } = await explain("max_item");
    expect(stderr).toBe('error: There is no feature "max_item" in the environment.\n');
    expect(exitCode).toBe(1);
  });

  test("traits need an identity", async () => {
    const { exitCode, stderr } = await explain("max_items", "--trait", "plan=gold");
    expect(stderr).toMatch(/--trait needs --identity/);
    expect(exitCode).toBe(2);
  });

  test("agrees with evaluate for features of a recorded environment", async () => {
    const [identity] = recordedIdentities;
    if (identity === undefined) throw new Error("no identity was recorded");
    const traits = Object.entries(identity.traits).flatMap(([key, value]) => [
      "--trait",
      `${key}=${typeof value === "string" ? JSON.stringify(value) : value}`,
    ]);
    const subject = ["--identity", identity.identifier, ...traits, "--json"];
    const source = ["--document", "recorded.json"];
    const evaluated = await runCommand(["evaluate", ...subject, ...source], { files });
    const flags = evaluated.json()["flags"] as readonly { readonly feature: string }[];
    for (const flag of flags.filter((_, index) => index % 4 === 0)) {
      const args = ["explain", flag.feature, ...subject, ...source];
      const { json } = await runCommand(args, { files });
      const { feature, ...expected } = flag;
      expect(json()["flag"], feature).toEqual(expected);
    }
  });
});
