import { execFile } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { environmentDocument } from "recordings";
import { deno, denoCheck } from "runtimes";
import type { ContractResult } from "../contract.ts";
import type { PermissionSetup } from "../on-deno-permissions.ts";
import { bundleForDeno } from "./bundle.ts";
import { processEndResults } from "./process-end.ts";
import { runScript, runSuiteScript, type ScriptCommand } from "./run-command.ts";

/** Runs the suite on Deno under the permission to reach this machine, and what must hold under others. */
export async function runOnDeno(
  consumer: string,
  corporaUrl: string | undefined,
): Promise<ContractResult[]> {
  const [suite, permissions, ending] = await Promise.all([
    bundleForDeno(consumer, "on-deno"),
    bundleForDeno(consumer, "on-deno-permissions"),
    bundleForDeno(consumer, "process-end-on-deno"),
  ]);
  const permitted = (script: string, ...flags: readonly string[]): ScriptCommand => ({
    ...deno,
    args: [...(deno.args ?? []), ...flags],
    script,
  });

  const documentPath = join(consumer, "environment.json");
  await writeFile(documentPath, JSON.stringify(environmentDocument));
  // Never asked: whether anybody listens there makes no difference.
  const setup = { url: "http://127.0.0.1:8080/api/v1/", documentPath };
  const runPermissions = (mayRead: boolean, ...flags: readonly string[]) =>
    runScript(permitted(permissions, ...flags), {
      ...setup,
      mayRead,
    } satisfies PermissionSetup);
  const results = await Promise.all([
    runSuiteScript(permitted(suite, "--allow-net=127.0.0.1", "--v8-flags=--expose-gc"), corporaUrl),
    processEndResults(permitted(ending, "--allow-net=127.0.0.1")),
    runPermissions(false),
    runPermissions(true, `--allow-read=${documentPath}`),
    checkTypes(consumer),
  ]);
  return results.flat();
}

async function checkTypes(consumer: string): Promise<ContractResult> {
  const name = "the types pass Deno's own compiler";
  const path = join(consumer, "deno-types.ts");
  await copyFile(resolve(import.meta.dirname, "../deno-types.ts"), path);
  const { program, args = [], env } = denoCheck;
  return new Promise((done) => {
    execFile(program, [...args, path], { env: { ...process.env, ...env } }, (error, _, stderr) => {
      done(error === null ? { name } : { name, failure: `${error.message}\n${stderr}` });
    });
  });
}
