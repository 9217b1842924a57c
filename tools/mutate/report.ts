import { type Instrumented, loading, type Mutant, type RunState } from "./state.ts";

/** The goal: this part of the mutants is killed. */
const minScore = 0.9;

const maxLength = 100;

/** Prints the survivors and the score of each file, and returns whether all files together reach the goal. */
export function printReport(state: RunState): boolean {
  const instrumented = state.readInstrumented();
  const killed = new Set(state.readKills().map(({ id }) => id));
  const covered = new Set<string>();
  const atLoad = new Set<string>();
  for (const { test, hits } of state.readReach()) {
    for (const id of hits) (test === loading ? atLoad : covered).add(id);
  }
  const findStatus = ({ id, status }: Mutant) => {
    if (status === "Ignored") return "disabled";
    if (killed.has(id)) return "killed";
    if (covered.has(id)) return "survived";
    return atLoad.has(id) ? "at load" : "not covered";
  };
  const totals = { killed: 0, tested: 0, untested: 0 };
  for (const file of Object.keys(instrumented.sources)) {
    const mutants = instrumented.mutants.filter(({ fileName }) => fileName === file);
    const byStatus = Map.groupBy(mutants, findStatus);
    const survivors = [...(byStatus.get("survived") ?? []), ...(byStatus.get("not covered") ?? [])];
    const killedCount = byStatus.get("killed")?.length ?? 0;
    const testedCount = killedCount + survivors.length;
    totals.killed += killedCount;
    totals.tested += testedCount;
    totals.untested += mutants.length - testedCount;
    console.log(`${file}: ${formatScore(killedCount, testedCount)}`);
    for (const mutant of survivors) {
      console.log(`  ${findStatus(mutant)} ${describe(mutant, instrumented)}`);
    }
  }
  const unreliable = state.readUnreliableTests();
  for (const test of unreliable) console.log(`Fails when it is repeated: ${test}`);
  console.log(
    `${formatScore(totals.killed, totals.tested)} in all; ${totals.untested} more run when modules are loaded or are disabled by comments`,
  );
  return totals.killed >= minScore * totals.tested;
}

function formatScore(killed: number, tested: number): string {
  const score = tested === 0 ? "100" : ((100 * killed) / tested).toFixed(1);
  return `${killed} of ${tested} mutants killed (${score} %)`;
}

function describe({ fileName, location, replacement }: Mutant, { sources }: Instrumented): string {
  const { start, end } = location;
  const line = sources[fileName]?.split("\n")[start.line] ?? "";
  const changed = line.slice(start.column, start.line === end.line ? end.column : undefined);
  return `${start.line + 1}: ${shorten(changed)} → ${shorten(replacement)}  | ${shorten(line)}`;
}

function shorten(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}
