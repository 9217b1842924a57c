import type { Part } from "./part.ts";

/** Formats the text of `npm test -- --help`. */
export function formatHelp(parts: readonly Part[], runtimes: readonly string[]): string {
  const width = Math.max(...parts.map(({ name }) => name.length));
  return [
    "npm test -- [part…] [--runtime NAME]… [--case TEXT]…",
    "",
    "Runs all parts, or the named ones. The last line is the total: N passed, N failed.",
    "",
    "Parts:",
    ...parts.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Options:",
    "  --runtime NAME  run the contract on this runtime only; repeat it for several:",
    `                  ${runtimes.join(", ")}`,
    "  --case TEXT     run the contract cases (and with the part unit: the unit tests) whose names",
    "                  contain the text, in any letter case; repeat it for several",
    "  --help          show this text",
    "",
    "Examples:",
    "  npm test -- unit",
    "  npm test -- lint types",
    "  npm test -- --runtime deno --case realtime",
  ].join("\n");
}
