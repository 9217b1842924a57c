import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import type { Plan } from "./command-line.ts";
import { entrants, OURS } from "./contenders/list.ts";

/** Says what was measured, where, and by which command. */
export function writeHeader({ contenders, isQuick }: Plan, args: readonly string[]): string {
  const names = entrants.flatMap(({ name, packageName }) =>
    contenders.includes(name) && packageName !== undefined ? [packageName] : [],
  );
  const packages = [...new Set([...names, OURS])];
  const lines = [
    `Date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `Node.js ${process.versions.node} (V8 ${process.versions.v8}), ${process.platform} ${process.arch}`,
    `CPU: ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}`,
    `Packages: ${packages.map((name) => `${name} ${versionOf(name)}`).join(", ")}`,
    `Command: npm run bench${args.length > 0 ? ` -- ${args.join(" ")}` : ""}`,
  ];
  const quick = isQuick
    ? "\n\n**Short rounds (`--quick`): these figures show that it works; do not quote them.**"
    : "";
  return `# Benchmark

${lines.map((line) => `- ${line}`).join("\n")}

Only ratios within this run are claims: absolute figures change with the machine and with who else uses it.
CPU is the CPU time of the whole process per call, in the best round. "× official" is how many times less of it a
client needs than the official one; "÷ floor" and "÷ flagd" how many times what these need.${quick}`;
}

function versionOf(packageName: string): string {
  const path = new URL(`../node_modules/${packageName}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
