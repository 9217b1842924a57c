// Runs what must hold on Deno under other permissions than the suite's: deno run on-deno-permissions.mjs <setup as JSON>
import * as adapter from "@flagsmith-isomorphic/deno";
import { readingCases, unpermittedCases } from "./cases/deno-permissions.ts";
import { runCases } from "./contract.ts";

/** What the host tells this script. */
export interface PermissionSetup {
  /** An API that cannot be asked. */
  readonly url: string;
  /** A file that holds an environment document. */
  readonly documentPath: string;
  /** Whether the process has `--allow-read` for that file; it has no other permission. */
  readonly mayRead: boolean;
}

/** The part of Deno that is used here. */
declare const Deno: { readonly args: readonly string[] };

const setup = JSON.parse(Deno.args[0] ?? "{}") as PermissionSetup;
const cases = setup.mayRead ? readingCases : unpermittedCases;
console.log(JSON.stringify(await runCases(cases(adapter, setup))));
