import { execFile } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { environmentDocument } from "recordings";
import { deno, denoCheck } from "runtimes";
import { type ContractResult, isSelected, type PlainCase, runCases } from "../contract.ts";
import type { PermissionSetup } from "../on-deno-permissions.ts";
import type { SuiteSetup } from "../run-suite.ts";
import { bundleForDeno } from "./bundle.ts";
import { createProcessEndCases } from "./process-end.ts";
import { runScript, type ScriptCommand } from "./run-command.ts";
import { withApisForCases } from "./served-apis.ts";
import { withStoreFolder } from "./store-folder.ts";

/** Runs the suite on Deno with the permission to reach this machine, and other cases with other permissions. */
export async function runOnDeno(
  consumer: string,
  { caseTexts, ...setup }: Omit<SuiteSetup, "apisUrl" | "storeFolder">,
): Promise<ContractResult[]> {
  const [suite, permissions, ending] = await Promise.all([
    bundleForDeno(consumer, "on-deno"),
    bundleForDeno(consumer, "on-deno-permissions"),
    bundleForDeno(consumer, "process-end-on-deno"),
  ]);
  const permit = (script: string, ...flags: readonly string[]): ScriptCommand => ({
    ...deno,
    args: [...(deno.args ?? []), ...flags],
    script,
  });

  const documentPath = join(consumer, "environment.json");
  await writeFile(documentPath, JSON.stringify(environmentDocument));
  // No request leaves the process, so no server has to listen there.
  const url = "http://127.0.0.1:8080/api/v1/";
  const runPermissions = (mayRead: boolean, ...flags: readonly string[]) => {
    const permissionSetup: PermissionSetup = { url, documentPath, mayRead, caseTexts };
    return runScript(permit(permissions, ...flags), permissionSetup);
  };
  const hostCases = [
    ...createProcessEndCases(permit(ending, "--allow-net=127.0.0.1")),
    createTypesCase(consumer),
  ];
  const results = await Promise.all([
    withStoreFolder((storeFolder) => {
      // Only the store of the user needs the folder.
      const folder = [`--allow-read=${storeFolder}`, `--allow-write=${storeFolder}`];
      const flags = ["--allow-net=127.0.0.1", ...folder, "--v8-flags=--expose-gc"];
      return withApisForCases((apisUrl) =>
        runScript(permit(suite, ...flags), {
          ...setup,
          caseTexts,
          apisUrl,
          storeFolder,
        } satisfies SuiteSetup),
      );
    }),
    runCases(hostCases.filter(({ name }) => isSelected(caseTexts, name))),
    runPermissions(false),
    runPermissions(true, `--allow-read=${documentPath}`),
  ]);
  return results.flat();
}

function createTypesCase(consumer: string): PlainCase {
  return {
    name: "the types pass Deno's own compiler",
    run: async () => {
      const path = join(consumer, "deno-types.ts");
      await copyFile(resolve(import.meta.dirname, "../deno-types.ts"), path);
      const { program, args = [], env } = denoCheck;
      const options = { env: { ...process.env, ...env } };
      await new Promise<void>((done, reject) => {
        execFile(program, [...args, path], options, (error, _, stderr) => {
          if (error === null) done();
          else reject(new Error(`${error.message}\n${stderr}`));
        });
      });
    },
  };
}
