import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findPackageCommand } from "../../contract/src/host/node-scripts.ts";
import { type GeneratedFile, root } from "./charts.ts";
import { drawGraph, type Graph, joinCycles, reduce } from "./graph.ts";

/** Page with the diagrams. Each is between `<!-- imports of NAME -->` and `<!-- end -->`. */
const page = "docs/internals.md";

/** Draws the imports between the packages, and between the folders of core, into {@link page}. */
export async function drawDiagrams(): Promise<GeneratedFile> {
  const imports = await listImports();
  const packages = group(imports, /^packages\/([^/]+)\/(?:src|dist)\//);
  const folders = group(imports, /^packages\/core\/src\/([^/]+)/);
  const before = readFileSync(join(root, page), "utf8");
  const text = [
    { name: "packages", graph: packages },
    { name: "core", graph: folders },
  ].reduce((markdown, { name, graph }) => insert(markdown, name, drawGraph(graph)), before);
  return { path: page, text };
}

/** Lists the imports in the sources of all packages, as pairs of paths. */
async function listImports(): Promise<(readonly [from: string, to: string])[]> {
  const [program, ...first] = findPackageCommand(root, "dependency-cruiser", "depcruise");
  const args = [
    "--config",
    ".dependency-cruiser.mjs",
    "packages",
    "--include-only",
    "/(src|dist)/",
  ];
  const { stdout } = await promisify(execFile)(
    program,
    [...first, ...args, "--output-type", "json"],
    { cwd: root, maxBuffer: 64e6 },
  );
  const { modules }: { modules: { source: string; dependencies: { resolved: string }[] }[] } =
    JSON.parse(stdout);
  return modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => [source, resolved] as const),
  );
}

/** Groups imports by the part of their paths that a pattern captures. */
function group(imports: readonly (readonly [string, string])[], pattern: RegExp): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of imports) {
    const [, source] = pattern.exec(from) ?? [];
    const [, target] = pattern.exec(to) ?? [];
    if (source === undefined || target === undefined) continue;
    const targets = graph.get(source) ?? new Set();
    graph.set(source, targets);
    if (source !== target) targets.add(target);
  }
  return reduce(joinCycles(graph));
}

function insert(markdown: string, name: string, diagram: string): string {
  const start = `<!-- imports of ${name} -->\n`;
  const from = markdown.indexOf(start);
  const to = markdown.indexOf("<!-- end -->", from);
  if (from === -1 || to === -1) throw new Error(`${page} has no place for the imports of ${name}.`);
  const block = `\n\`\`\`mermaid\n${diagram}\n\`\`\`\n\n`;
  return markdown.slice(0, from + start.length) + block + markdown.slice(to);
}
