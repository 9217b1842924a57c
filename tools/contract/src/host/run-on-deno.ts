import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { environmentDocument } from "recordings";
import { deno } from "runtimes";
import type { ContractResult } from "../contract.ts";
import type { PermissionSetup } from "../on-deno-permissions.ts";
import { bundleForDeno } from "./bundle.ts";
import { runScript, runSuiteScript, type ScriptCommand } from "./run-command.ts";

/** Runs the suite on Deno under the permission to reach this machine, and what must hold under others. */
export async function runOnDeno(
  consumer: string,
  corporaUrl: string | undefined,
): Promise<ContractResult[]> {
  const [suite, permissions] = await Promise.all([
    bundleForDeno(consumer, "on-deno"),
    bundleForDeno(consumer, "on-deno-permissions"),
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
  const results = await Promise.all([
    runSuiteScript(permitted(suite, "--allow-net=127.0.0.1"), corporaUrl),
    runScript(permitted(permissions), { ...setup, mayRead: false } satisfies PermissionSetup),
    runScript(permitted(permissions, `--allow-read=${documentPath}`), {
      ...setup,
      mayRead: true,
    } satisfies PermissionSetup),
  ]);
  return results.flat();
}
