import { resolve } from "node:path";
import type { Part } from "./part.ts";

const partModule = (name: string) => resolve(import.meta.dirname, "parts", `${name}.ts`);

/** Packs the packages for the parts that need them. Runs before these, and is not selected by name. */
export const packing: Part = {
  name: "packing",
  summary: "packs the packages and installs the tarballs in a project of their own",
  module: partModule("packing"),
  needsPackages: false,
};

/** All parts, in the order of their lines in the table. */
export const parts: readonly Part[] = [
  part("lint", "Biome and the import rules"),
  part("house", "npm run house -- --check: the path of a call, names, types and exports of core"),
  part("types", "the TypeScript compiler on every package and tool"),
  part("api", "the public API against its reports in packages/*/api; npm run api updates them"),
  part("unit", "unit tests; --case TEXT runs those with the text in their names"),
  part("demo", "npm run demo"),
  part("bench-check", "whether all clients in the benchmark evaluate the same flags"),
  part("compatibility", "the answers of Flagsmith's Node.js client, and the listed differences"),
  part("sizes", "bundle sizes for isolates, and what bundles must not contain"),
  part(
    "site",
    "the documentation site and its playground in Chromium (FLAGSMITH_SITE=all: all pages)",
  ),
  packagesPart("packages", "the tarballs: publint, attw, READMEs, types in plain projects"),
  packagesPart("docs", "the examples in every README"),
  packagesPart(
    "examples",
    "copies of the projects in examples/, each on its runtime, from the tarballs",
  ),
  packagesPart(
    "frameworks",
    "copies of the examples for Next.js, Nitro and SvelteKit, built and run",
  ),
  waitingPart("contract", "the contract on every runtime; see --runtime and --case"),
  packagesPart(
    "openfeature",
    "OpenFeature's own scenarios with the provider, on every kind of runtime",
  ),
  waitingPart("fleet", "processes that share a Redis (FLAGSMITH_FLEET_SECONDS=60 for 100 clients)"),
  waitingPart("soak", "local evaluation while the API fails at random (FLAGSMITH_SOAK_SECONDS=6)"),
];

function part(name: string, summary: string): Part {
  return { name, summary, module: partModule(name), needsPackages: false };
}

function packagesPart(name: string, summary: string): Part {
  return { ...part(name, summary), needsPackages: true };
}

function waitingPart(name: string, summary: string): Part {
  return { ...packagesPart(name, summary), mostlyWaits: true };
}
