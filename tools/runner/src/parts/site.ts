import { resolve } from "node:path";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

// Not resolved by the compiler: the site needs the types of a browser, which the runner must not have.
const checks: string = resolve(import.meta.dirname, "../../../site/src/checks/check-site.ts");

/** Builds the documentation site, and runs its playground in Chromium. */
export const run: RunPart = async (_selection, { group }) => {
  const { checkSite } = (await import(checks)) as {
    readonly checkSite: () => Promise<Parameters<typeof groupResults>[1]>;
  };
  group(groupResults("", await checkSite()));
};
