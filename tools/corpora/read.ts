import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConformanceCase, Corpora, DocumentCase, EngineCase } from "./cases.ts";

const shared = process.env["FLAGSMITH_SHARED"] ?? join(import.meta.dirname, "../../../shared");
const data = join(shared, "data");

/** Whether the corpora exist. They are not part of the repository, and tests that need them are skipped without. */
export const hasCorpora: boolean = existsSync(data);

/** Parses a JSON file below the data folder. */
export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(data, ...path), "utf8")) as T;
}

/** Reads evaluation contexts with the results of the official engines. */
export function readContexts<Context>(): EngineCase<Context>[] {
  return readLines("engine", "engine.jsonl");
}

/** Reads environment documents with the results of the official SDKs. */
export function readDocuments<Document, Traits>(): DocumentCase<Document, Traits>[] {
  return readLines("engine", "sdk.jsonl");
}

/** Reads the public conformance cases. */
export function readConformance<Context>(): ConformanceCase<Context>[] {
  return readdirSync(join(data, "conformance")).map((file) => ({
    name: file.replace(/(__default)?\.json$/, ""),
    ...readJson<Omit<ConformanceCase<Context>, "name">>("conformance", file),
  }));
}

/** Reads all inputs and results for `findDifferences`. */
export function readCorpora(): Corpora {
  return {
    conformance: readConformance(),
    contexts: readContexts(),
    documents: readDocuments(),
    grid: readJson("engine", "grid.json"),
    rules: readJson("engine", "contested.json"),
  };
}

function readLines<T>(...path: string[]): T[] {
  const lines = readFileSync(join(data, ...path), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}
