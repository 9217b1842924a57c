import { relative } from "node:path";
import { type RunnerTask, type RunnerTestCase, TestRunner, type TestTryOptions } from "vitest";
import { loading, RunState } from "./state.ts";

/** The variables that code instrumented by Stryker reads. */
interface StrykerNamespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  /** How often the active mutant was reached in the current attempt. */
  hitCount?: number | undefined;
  /** Instrumented code throws when `hitCount` exceeds it, which ends endless loops. */
  hitLimit?: number;
  mutantCoverage?: {
    readonly static: Record<string, number>;
    readonly perTest: Record<string, Record<string, number>>;
  };
}

/** An active mutant of this name changes nothing. */
const noMutant = "none";

/** A mutant may be reached this much more often than in the unchanged source. */
const hitFactor = 10;
const extraHits = 1000;

/** An attempt may take this much longer than without a mutant. */
const slowdownFactor = 10;
const minLimitMs = 1500;

/** How often a test may fail without a mutant before its results are not trusted. */
const maxCleanFailures = 3;

const global = globalThis as { __stryker__?: StrykerNamespace; __mutationRun__?: MutationRun };
global.__stryker__ ??= {};
const stryker = global.__stryker__;

/** The tests and mutants of a worker, which loads all test files. */
class MutationRun {
  readonly state = new RunState(process.env["MUTATE_STATE"] ?? "");
  readonly isCovering = process.env["MUTATE_PASS"] === "cover";
  readonly maxDurationMs = Number(process.env["MUTATE_MAX_MS"] ?? Number.POSITIVE_INFINITY);
  readonly reach = new Map(this.state.readReach().map((reach) => [reach.test, reach]));
  readonly survivors = new Set(this.state.readInstrumented().mutants.map(({ id }) => id));
  readonly finished = new Set([
    ...this.state.readFinishedTests(),
    ...this.state.readUnreliableTests(),
  ]);

  constructor() {
    for (const { id } of this.state.readKills()) this.survivors.delete(id);
  }
}

// Each test file has its own instance of this module.
global.__mutationRun__ ??= new MutationRun();
const run = global.__mutationRun__;

/** One repetition of a test. */
interface Repetition {
  /** `undefined` for a repetition without a mutant. */
  readonly mutant?: string;
  /** Whether the test has failed with this mutant before. */
  readonly isSecond?: boolean;
}

/** The repetitions of a test. */
class Repetitions {
  readonly test: string;
  readonly hits: Record<string, number>;
  readonly limitMs: number;
  readonly #queue: Repetition[] = [{}];
  #cleanFailures = 0;
  readonly maxCount: number;
  current: Repetition | undefined;

  constructor(test: string) {
    this.test = test;
    const { hits, durationMs } = run.reach.get(test) ?? { hits: {}, durationMs: 0 };
    this.hits = hits;
    this.limitMs = minLimitMs + slowdownFactor * durationMs;
    const isSkipped = durationMs > run.maxDurationMs || run.finished.has(test);
    const mutants = isSkipped ? [] : Object.keys(this.hits).filter((id) => run.survivors.has(id));
    for (const mutant of mutants) this.#queue.push({ mutant });
    this.maxCount = mutants.length === 0 ? 1 : 3 * mutants.length + maxCleanFailures + 1;
  }

  get hasMutants(): boolean {
    return this.maxCount > 1;
  }

  next(): void {
    this.current = this.#queue.shift();
  }

  /** A mutant is killed if the test fails twice with it, and passes in between without it. */
  end(hasFailed: boolean, message: string): void {
    const { mutant, isSecond } = this.current ?? {};
    if (!hasFailed || this.current === undefined || !this.hasMutants) return;
    if (mutant === undefined) {
      this.#cleanFailures++;
      if (this.#cleanFailures < maxCleanFailures) this.#queue.unshift({});
      else {
        this.#queue.length = 0;
        run.state.addUnreliableTest(this.test);
      }
    } else if (isSecond) {
      run.survivors.delete(mutant);
      run.state.addKill({ id: mutant, test: this.test, message });
    } else {
      this.#queue.unshift({}, { mutant, isSecond: true });
    }
  }
}

const repetitions = new WeakMap<RunnerTask, Repetitions>();

function createId(test: RunnerTask): string {
  const names = [test.name];
  for (let suite = test.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  const path = relative(`${process.cwd()}/packages/core/test`, test.file.filepath);
  return `${path} > ${names.join(" > ")} ${test.id}`;
}

/** Repeats each test with each of the mutants that it reaches, in a process that has loaded everything. */
// biome-ignore lint/style/noDefaultExport: vitest imports it.
export default class MutationTestRunner extends TestRunner {
  override async onBeforeRunTask(test: RunnerTask): Promise<void> {
    await super.onBeforeRunTask(test);
    if (run.isCovering || test.type !== "test") return;
    const all = new Repetitions(createId(test));
    repetitions.set(test, all);
    test.repeats = all.maxCount - 1;
  }

  override onBeforeTryTask(test: RunnerTask, options: TestTryOptions): void {
    if (run.isCovering) {
      stryker.currentTestId = createId(test);
    } else {
      const all = repetitions.get(test);
      all?.next();
      const mutant = all?.current?.mutant;
      if (mutant !== undefined) run.state.writeAttempt({ pid: process.pid, id: mutant });
      stryker.activeMutant = mutant ?? noMutant;
      stryker.hitCount = mutant === undefined ? undefined : 0;
      stryker.hitLimit = (all?.hits[mutant ?? ""] ?? 0) * hitFactor + extraHits;
    }
    // Assertions on promises that a mutant left pending.
    Reflect.deleteProperty(test, "promises");
    super.onBeforeTryTask(test, options);
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    const all = repetitions.get(test);
    const testFunction = TestRunner.getTestFn(test);
    if (all === undefined) return testFunction();
    if (all.current === undefined) return;
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error("The test takes too long.")), all.limitMs);
    try {
      await Promise.race([testFunction(), promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  override async onAfterRetryTask(test: RunnerTestCase, options: TestTryOptions): Promise<void> {
    await super.onAfterRetryTask(test, options);
    stryker.currentTestId = undefined;
    const all = repetitions.get(test);
    if (all === undefined) return;
    stryker.activeMutant = noMutant;
    if (all.current?.mutant !== undefined) run.state.writeAttempt(undefined);
    const message = test.result?.errors?.at(-1)?.message ?? "";
    all.end(test.result?.state === "fail", message);
    if (test.result !== undefined) Reflect.deleteProperty(test.result, "errors");
  }

  override onAfterRunTask(test: RunnerTask): void {
    const all = repetitions.get(test);
    if (run.isCovering && test.type === "test") {
      const id = createId(test);
      const hits = stryker.mutantCoverage?.perTest[id] ?? {};
      run.state.addReach({ test: id, hits, durationMs: test.result?.duration ?? 0 });
    } else if (all !== undefined && test.type === "test") {
      if (all.hasMutants) run.state.addFinishedTest(all.test);
      test.repeats = 0;
      if (test.result !== undefined) Object.assign(test.result, { state: "pass", attempts: [] });
    }
    super.onAfterRunTask(test);
  }

  override onAfterRunFiles(files: never[]): void {
    super.onAfterRunFiles(files);
    const hits = stryker.mutantCoverage?.static;
    if (run.isCovering && hits) run.state.addReach({ test: loading, hits, durationMs: 0 });
  }
}
