// Runs cases on Deno under other permissions than the suite's: deno run on-deno-permissions.mjs <setup as JSON>
import * as adapter from "@flagsmith-isomorphic/deno";
import { deniedCases, permittedCases } from "./cases/deno-permissions.ts";
import { isSelected, runCases } from "./contract.ts";
import { printingListener, printLine } from "./suite-output.ts";

/** Setup that the host passes to this script. */
export interface PermissionSetup {
  /** An API that the process has no permission to reach. */
  readonly url: string;
  /** Path of an environment document. */
  readonly documentPath: string;
  /** Whether the process has `--allow-read` for that file. It has no other permission. */
  readonly mayRead: boolean;
  readonly caseTexts: readonly string[];
}

/** The part of Deno that is used here. */
declare const Deno: { readonly args: readonly string[] };

const setup = JSON.parse(Deno.args[0] ?? "{}") as PermissionSetup;
const cases = setup.mayRead ? permittedCases : deniedCases;
const selected = cases(adapter, setup).filter(({ name }) => isSelected(setup.caseTexts, name));
await runCases(selected, printingListener);
printLine({ isDone: true });
