import { relative, resolve } from "node:path";
import { type RunnerTask, type RunnerTestCase, TestRunner, type TestTryOptions } from "vitest";
import { loading, RunState } from "./state.ts";

/** The variables that code instrumented by Stryker reads, and those of `countChecks`. */
interface StrykerNamespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  /** How often mutated code was reached in the current repetition. */
  checkCount?: number;
  /** Mutated code throws when `checkCount` exceeds it, which ends endless loops. */
  maxCheckCount?: number | undefined;
  mutantCoverage?: {
    readonly static: Record<string, number>;
    readonly perTest: Record<string, Record<string, number>>;
  };
}

/** An active mutant of this name changes nothing. */
const noMutant = "none";

/** Mutated code may be reached this much more often than without a mutant. */
const checkFactor = 10;
const extraCheckCount = 5000;

/** A repetition may take this much longer than without a mutant. */
const slowdownFactor = 10;
const extraMs = 300;
const tickMs = 10;

/** How often a test may fail without a mutant before its results are not trusted. */
const maxCleanFailures = 10;

const global = globalThis as { __stryker__?: StrykerNamespace; __mutationRun__?: MutationRun };
global.__stryker__ ??= {};
const stryker = global.__stryker__;

/** The tests and mutants of a worker, which loads all test files. */
class MutationRun {
  readonly state = new RunState(process.env["MUTATE_STATE"] ?? "");
  readonly isCovering = process.env["MUTATE_PASS"] === "cover";
  readonly maxDurationMs = Number(process.env["MUTATE_MAX_MS"] ?? Number.POSITIVE_INFINITY);
  /** Runs only one test of this many. */
  readonly sampling = Number(process.env["MUTATE_SAMPLING"] ?? 1);
  testCount = 0;
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
  /** The limit of one repetition, in ticks of {@link tickMs}. */
  readonly maxTicks: number;
  readonly maxCheckCount: number;
  readonly #queue: Repetition[] = [{}];
  #cleanFailures = 0;
  readonly maxCount: number;
  current: Repetition | undefined;

  constructor(test: string) {
    this.test = test;
    const { hits = [], checkCount = 0, durationMs = 0 } = run.reach.get(test) ?? {};
    this.maxTicks = (extraMs + slowdownFactor * durationMs) / tickMs;
    this.maxCheckCount = extraCheckCount + checkFactor * checkCount;
    const isSkipped =
      run.testCount++ % run.sampling > 0 ||
      durationMs > run.maxDurationMs ||
      run.finished.has(test);
    const mutants = isSkipped ? [] : hits.filter((id) => run.survivors.has(id));
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

/** Starts a limit in ticks of a timer, which a busy machine delays: a process that must wait for it loses no time. */
function startLimit(maxTicks: number): { readonly expiry: Promise<never>; stop(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks > maxTicks) reject(new Error("The test takes too long."));
  }, tickMs);
  return { expiry: promise, stop: () => clearInterval(timer) };
}

function createId(test: RunnerTask): string {
  const names = [test.name];
  for (let suite = test.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  const tests = resolve(process.env["MUTATE_PACKAGE"] ?? "packages/core", "test");
  const path = relative(tests, test.file.filepath);
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
    const all = repetitions.get(test);
    all?.next();
    const mutant = all?.current?.mutant;
    if (mutant !== undefined) run.state.writeAttempt({ pid: process.pid, id: mutant });
    stryker.currentTestId = run.isCovering ? createId(test) : undefined;
    stryker.activeMutant = mutant ?? noMutant;
    stryker.checkCount = 0;
    stryker.maxCheckCount = mutant === undefined ? Number.POSITIVE_INFINITY : all?.maxCheckCount;
    // Assertions on promises that a mutant left pending.
    Reflect.deleteProperty(test, "promises");
    super.onBeforeTryTask(test, options);
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    const all = repetitions.get(test);
    const testFunction = TestRunner.getTestFn(test);
    if (all === undefined) return testFunction();
    if (all.current === undefined) return;
    const limit = startLimit(all.maxTicks);
    try {
      await Promise.race([testFunction(), limit.expiry]);
    } finally {
      limit.stop();
    }
  }

  override async onAfterRetryTask(test: RunnerTestCase, options: TestTryOptions): Promise<void> {
    await super.onAfterRetryTask(test, options);
    const all = repetitions.get(test);
    if (all === undefined) return;
    stryker.activeMutant = noMutant;
    stryker.maxCheckCount = Number.POSITIVE_INFINITY;
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
      const { checkCount = 0 } = stryker;
      const durationMs = test.result?.duration ?? 0;
      run.state.addReach({ test: id, hits: Object.keys(hits), checkCount, durationMs });
    } else if (all !== undefined && test.type === "test") {
      if (all.hasMutants) run.state.addFinishedTest(all.test);
      test.repeats = 0;
      if (test.result !== undefined) Object.assign(test.result, { state: "pass", attempts: [] });
    }
    super.onAfterRunTask(test);
  }

  override onAfterRunFiles(files: never[]): void {
    super.onAfterRunFiles(files);
    const hits = Object.keys(stryker.mutantCoverage?.static ?? {});
    if (run.isCovering) run.state.addReach({ test: loading, hits, checkCount: 0, durationMs: 0 });
  }
}
