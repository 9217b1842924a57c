import type { PlainCase } from "../contract.ts";
import type { CaseApis } from "../run-suite.ts";
import { withCaseApis } from "./served-apis.ts";

/** A case that runs in the host and sends requests to isolates. */
export interface HostCase<Context> {
  readonly name: string;
  readonly run: (context: Context) => Promise<void>;
}

/** Binds each case to a context with APIs of its own. */
export function bindHostCases<Context>(
  cases: readonly HostCase<Context>[],
  createContext: (apis: CaseApis) => Context,
): readonly PlainCase[] {
  return cases.map(({ name, run }) => ({
    name,
    run: () => withCaseApis(async (apis) => run(createContext(apis))),
  }));
}
