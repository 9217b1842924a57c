import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConformanceCase, Corpora, DocumentCase, EngineCase } from "./cases.ts";

const shared = process.env["FLAGSMITH_SHARED"] ?? join(import.meta.dirname, "../../../shared");
const data = join(shared, "data");

/** The corpora are not part of the repository: what needs them skips without. */
export const hasCorpora: boolean = existsSync(data);

export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(data, ...path), "utf8")) as T;
}

export function readContexts<Context>(): EngineCase<Context>[] {
  return readLines("engine", "engine.jsonl");
}

export function readDocuments<Document, Traits>(): DocumentCase<Document, Traits>[] {
  return readLines("engine", "sdk.jsonl");
}

export function readConformance<Context>(): ConformanceCase<Context>[] {
  return readdirSync(join(data, "conformance")).map((file) => ({
    name: file.replace(/(__default)?\.json$/, ""),
    ...readJson<Omit<ConformanceCase<Context>, "name">>("conformance", file),
  }));
}

/** Everything that an engine is judged by. */
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
