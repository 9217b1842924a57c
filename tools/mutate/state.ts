import {
  appendFileSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** A change of the source by Stryker. Lines and columns start at 0. */
export interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
  /** `"Ignored"` for a mutant that a comment disables. */
  readonly status?: string;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** The mutated files: their source, and the same with all mutants behind switches. */
export interface Instrumented {
  readonly sources: Record<string, string>;
  readonly contents: Record<string, string>;
  readonly mutants: readonly Mutant[];
}

/** The mutants that a test reaches in the unchanged source. */
export interface Reach {
  /** The test, or {@link loading}. */
  readonly test: string;
  readonly hits: readonly string[];
  /** How often it reaches mutated code. */
  readonly checkCount: number;
  readonly durationMs: number;
}

/** Stands for a test: the mutants that are reached when modules are loaded. */
export const loading = "loading";

/** A mutant that was noticed, and by which test. */
export interface Kill {
  readonly id: string;
  readonly test: string;
  readonly message: string;
}

/** The mutant that a worker tests at the moment. */
export interface Attempt {
  readonly pid: number;
  readonly id: string;
}

const maxAttemptLength = 60;

/** Files of a run. Workers write them line by line, so that a run continues after a worker was killed. */
export class RunState {
  readonly folder: string;
  /** Transformed modules. */
  readonly cacheFolder: string;
  #attemptFile: number | undefined;

  constructor(folder: string) {
    this.folder = folder;
    this.cacheFolder = join(folder, "cache");
  }

  readInstrumented(): Instrumented {
    return this.#readJson("instrumented", { sources: {}, contents: {}, mutants: [] });
  }

  writeInstrumented(instrumented: Instrumented): void {
    rmSync(this.cacheFolder, { recursive: true, force: true });
    this.#writeJson("instrumented", instrumented);
  }

  readReach(): Reach[] {
    return this.#readLines("reach").map((line) => JSON.parse(line));
  }

  addReach(reach: Reach): void {
    this.#addLine("reach", JSON.stringify(reach));
  }

  clearReach(): void {
    writeFileSync(this.#path("reach"), "");
  }

  readKills(): Kill[] {
    return this.#readLines("kills").map((line) => JSON.parse(line));
  }

  addKill(kill: Kill): void {
    this.#addLine("kills", JSON.stringify(kill));
  }

  writeKills(kills: readonly Kill[]): void {
    writeFileSync(this.#path("kills"), kills.map((kill) => `${JSON.stringify(kill)}\n`).join(""));
  }

  /** Tests that have met all their mutants. */
  readFinishedTests(): string[] {
    return this.#readLines("finished");
  }

  addFinishedTest(test: string): void {
    this.#addLine("finished", test);
  }

  /** Tests that failed without a mutant when they were repeated. */
  readUnreliableTests(): string[] {
    return this.#readLines("unreliable");
  }

  addUnreliableTest(test: string): void {
    this.#addLine("unreliable", test);
  }

  clearFinishedTests(): void {
    writeFileSync(this.#path("finished"), "");
  }

  clearUnreliableTests(): void {
    writeFileSync(this.#path("unreliable"), "");
  }

  readAttempt(): Attempt | undefined {
    const path = this.#path("attempt");
    const text = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Overwrites the same bytes each time, because creating a file for each attempt takes longer than the test. */
  writeAttempt(attempt: Attempt | undefined): void {
    this.#attemptFile ??= openSync(this.#path("attempt"), "w");
    const text = attempt === undefined ? "" : JSON.stringify(attempt);
    writeSync(this.#attemptFile, text.padEnd(maxAttemptLength), 0);
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #readJson<T>(name: string, missing: T): T {
    const path = `${this.#path(name)}.json`;
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : missing;
  }

  #writeJson(name: string, value: unknown): void {
    writeFileSync(`${this.#path(name)}.json`, JSON.stringify(value));
  }

  #readLines(name: string): string[] {
    const path = this.#path(name);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  }

  #addLine(name: string, line: string): void {
    appendFileSync(this.#path(name), `${line}\n`);
  }
}
