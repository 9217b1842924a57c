// Simulates 10,000 clients and writes the table in docs/fleets.md: node tools/contract/src/fleet/simulation/main.ts
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Simulation, type SimulationResult, simulate } from "./simulate.ts";

const page = resolve(import.meta.dirname, "../../../../../docs/fleets.md");
const clients = Number(process.env["FLAGSMITH_SIMULATED_CLIENTS"] ?? 10_000);

const simulations: Readonly<Record<string, Omit<Simulation, "clients">>> = {
  "no store: every client polls": { store: "none", stored: "nothing", hasChanges: false },
  "`tryAcquire`, empty store": { store: "acquirable", stored: "nothing", hasChanges: false },
  "`tryAcquire`, a document of the last minute": {
    store: "acquirable",
    stored: "fresh",
    hasChanges: false,
  },
  "… and `changes`": { store: "acquirable", stored: "fresh", hasChanges: true },
  "`tryAcquire`, a document of five minutes": {
    store: "acquirable",
    stored: "old",
    hasChanges: false,
  },
  "ordinary store, a document of the last minute": {
    store: "ordinary",
    stored: "fresh",
    hasChanges: false,
  },
  "ordinary store, a document of five minutes, `changes`": {
    store: "ordinary",
    stored: "old",
    hasChanges: true,
  },
};

const rows: string[][] = [];
for (const [name, simulation] of Object.entries(simulations)) {
  const startedAt = performance.now();
  const result = await simulate({ ...simulation, clients });
  rows.push([name, ...formatResult(result)]);
  console.log(
    `${name}: ${JSON.stringify(result)}, ${Math.round(performance.now() - startedAt)} ms`,
  );
}

const head = [
  `${clients.toLocaleString("en-US")} clients, interval 60 s`,
  "peak in the first minute",
  "peak after that",
  "mean after that",
  "a change has reached all after",
  "loads until then",
];
const widths = head.map((_, column) =>
  Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
);
const rule = widths.map((width, column) =>
  column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
);
const pad = (cell: string, column: number) =>
  column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
const table = [head, rule, ...rows].map((row) => `| ${row.map(pad).join(" | ")} |`).join("\n");
const text = await readFile(page, "utf8");
const start = "<!-- simulation -->\n";
const [before, rest] = text.split(start);
const after = rest?.split("<!-- end -->")[1];
if (rest === undefined || after === undefined) throw new Error("The page has no place for it.");
await writeFile(page, `${before}${start}\n${table}\n\n<!-- end -->${after}`);
console.log("Draw the chart again: npm run figures");

function formatResult(result: SimulationResult): string[] {
  const { peakAtStart, peak, mean, secondsUntilAllChanged, loadsForChange } = result;
  const rate = (value: number) => `${value.toLocaleString("en-US")}/s`;
  return [
    rate(peakAtStart),
    rate(peak),
    rate(Number(mean.toPrecision(2))),
    `${secondsUntilAllChanged.toFixed(1)} s`,
    loadsForChange.toLocaleString("en-US"),
  ];
}
