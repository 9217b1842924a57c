// Draws the charts and diagrams of the documentation: npm run figures
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { drawCharts, root } from "./src/charts.ts";
import { drawDiagrams } from "./src/diagrams.ts";

for (const { path, text } of [...drawCharts(), await drawDiagrams()]) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
