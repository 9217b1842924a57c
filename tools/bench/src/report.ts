import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import {
  baselineName,
  findBaseline,
  listContenders,
  officialName,
  undiciTransports,
} from "./contenders/list.ts";
import type { Plan, Section } from "./sections/section.ts";
import { describeWorkload } from "./workload/create-workload.ts";

/** Describes the machine and the command. */
export function describeRun(args: readonly string[]) {
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    cpu: `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}`,
    command: ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
  };
}

/** Writes the description of a run, and how to read its tables. */
export function writeHeader(
  run: ReturnType<typeof describeRun>,
  { workloads, isQuick }: Plan,
): string {
  const reference = findReference("");
  const lines = [
    "# Benchmark",
    "",
    `- Date: ${run.date.slice(0, 16).replace("T", " ")} UTC`,
    `- Node.js ${run.node} on ${run.cpu}`,
    `- Command: ${run.command}`,
    ...workloads.map((name) => `- Workload ${name}: ${describeWorkload(name)}`),
    "",
    "Each cell holds a value and, in parentheses, a ratio: how many times that value the reference",
    `(${reference}) needs in the same run. Only ratios are meaningful, because values depend on the machine.`,
    ...(isQuick ? ["", "**Short rounds (`--quick`): do not quote these results.**"] : []),
  ];
  return lines.join("\n");
}

/** Writes a section as a Markdown table. Each cell holds a value and its ratio in parentheses. */
export function writeSection({ title, explanation, columns }: Section): string {
  const header = ["client", ...columns.map((column) => column.title)];
  const rule = header.map((_, i) => (i === 0 ? "---" : "---:"));
  const rows = [...listContenders(), ...undiciTransports].flatMap(({ name, label, module }) => {
    if (columns.every(({ values }) => values[name] === undefined)) return [];
    const cells = columns.map(({ values }) => {
      const { value, ratio } = compare(values, name);
      return `${formatNumber(value, 3)} (${formatNumber(ratio, 2)}×)`;
    });
    return [[label ?? addVersion(module ?? name), ...cells]];
  });
  const table = [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `\n## ${title}\n\n${explanation}\n\n${table}`;
}

/** Lists the values of a section for the JSON summary. */
export function listResults(section: string, { columns }: Section) {
  return columns.flatMap(({ title: column, values }) =>
    Object.keys(values).map((contender) => ({
      section,
      column,
      contender,
      ...compare(values, contender),
    })),
  );
}

/** Calculates how many times the contender's value the reference has. Above 1, the contender is better. */
function compare(values: Readonly<Record<string, number>>, contender: string) {
  const value = values[contender] ?? Number.NaN;
  const reference = findReference(contender);
  return { value, reference, ratio: (values[reference] ?? Number.NaN) / value };
}

/** Names the contender that ratios refer to: the baseline if there is one, otherwise the official client. */
function findReference(contender: string): string {
  if (findBaseline() === undefined) return officialName;
  return contender.endsWith("-snapshot") ? `${baselineName}-snapshot` : baselineName;
}

/** Keeps the given number of significant digits, and all digits before the decimal point. */
function formatNumber(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  const rounded =
    value >= 10 ** (digits - 1) ? Math.round(value) : Number(value.toPrecision(digits));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

function addVersion(packageName: string): string {
  const path = new URL(`../node_modules/${packageName}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  return `${packageName} ${version}`;
}
