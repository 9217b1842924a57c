import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { changeShop, recordedDocument, serveShop, shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

describe("document", () => {
  test("prints the document of the API", async () => {
    const { world } = serveShop();
    const { exitCode, stdout, stderr } = await runCommand(["document"], world);
    expect(JSON.parse(stdout)).toMatchObject({ name: "Shop", api_key: "client-side-key" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("loads all pages of the overrides", async () => {
    const identity_overrides = Array.from({ length: 5 }, (_, index) => ({
      identifier: `user-${index}`,
      identity_features: [],
    }));
    const { createFlagsmithApi } = await import("@flagsmith-isomorphic/testing");
    const document = { ...shopDocument, identity_overrides };
    const api = createFlagsmithApi({ document, pageSize: 2, environmentKey: "ser.pages" });
    const env = { FLAGSMITH_ENVIRONMENT_KEY: "ser.pages" };
    const { stdout } = await runCommand(["document"], { env, fetch: api.fetch });
    expect(JSON.parse(stdout).identity_overrides).toEqual(identity_overrides);
    expect(api.requests).toHaveLength(3);
  });

  test("writes a module that exports the same document", async () => {
    const name = `it's a "\\" \n${"\u2028"} text`;
    const files = { "environment.json": changeShop({ tier: name }) };
    const args = ["document", "--document", "environment.json", "--output", "environment.mjs"];
    const { written, json } = await runCommand([...args, "--json"], { files });
    const module = await import(
      `data:text/javascript,${encodeURIComponent(written("environment.mjs"))}`
    );
    expect(module.environmentDocument).toEqual(files["environment.json"]);
    expect(json()).toMatchObject({ format: "module", features: 4, segments: 1, problems: 0 });
  });

  test("writes a CommonJS module for the name .cjs", async () => {
    const files = { "environment.json": shopDocument };
    const args = ["document", "--document", "environment.json", "--output", "environment.cjs"];
    const { written } = await runCommand(args, { files });
    const exports: { environmentDocument?: unknown } = {};
    runInNewContext(written("environment.cjs"), { exports });
    expect(JSON.parse(JSON.stringify(exports.environmentDocument))).toEqual(shopDocument);
  });

  test.each([
    ["environment.ts", "module"],
    ["environment.js", "module"],
    ["environment.mts", "module"],
    ["environment.json", "json"],
    ["js", "json"],
  ])("the name %s stands for the format %s", async (output, format) => {
    const files = { "old.json": shopDocument };
    const args = ["document", "--document", "old.json", "--output", output];
    const { json } = await runCommand([...args, "--json"], { files });
    expect(json()).toMatchObject({
      format,
      environment: "Shop",
      updatedAt: "2026-11-27T16:02:11Z",
    });
    const { stdout } = await runCommand([...args, "--format", "json"], { files });
    const bytes = JSON.stringify(shopDocument).length + 1;
    expect(stdout).toBe(
      `Wrote ${output}: 4 features, 1 segment, 1 identity with overrides, ${bytes.toLocaleString("en-US")} bytes.\n`,
    );
  });

  test("prints a module or JSON, not both", async () => {
    const files = { "old.json": shopDocument };
    const args = ["document", "--document", "old.json"];
    const { exitCode, stderr } = await runCommand([...args, "--json", "--format", "module"], {
      files,
    });
    expect(stderr).toMatch(/^error: --json prints no module/);
    expect(exitCode).toBe(2);
    const printed = await runCommand([...args, "--format", "module"], { files });
    expect(printed.stdout).toContain("export const environmentDocument = JSON.parse(");
  });

  test("reports a file that cannot be written", async () => {
    const { world } = serveShop();
    const args = ["document", "--output", "missing-folder/environment.json"];
    const { exitCode, stderr } = await runCommand(args, world);
    expect(stderr).toBe("error: missing-folder/environment.json cannot be written (ENOENT).\n");
    expect(exitCode).toBe(1);
  });

  test("needs a server-side key", async () => {
    const { world } = serveShop();
    const env = { ...world.env, FLAGSMITH_ENVIRONMENT_KEY: "client-side-key" };
    const { exitCode, stderr } = await runCommand(["document"], { ...world, env });
    expect(stderr).toMatch(/needs a server-side key/);
    expect(exitCode).toBe(2);
  });

  test("prints problems of the document as warnings", async () => {
    const files = { "environment.json": recordedDocument };
    const args = ["document", "--document", "environment.json", "--output", "copy.json"];
    const { stdout, stderr } = await runCommand(args, { files });
    expect(stdout).toMatch(/^Wrote copy\.json: 123 features, 67 segments, 4 identities with/);
    expect(stderr).toMatch(/^warning: Segment "bad_regex"/);
  });
});
