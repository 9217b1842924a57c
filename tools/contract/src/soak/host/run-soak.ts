import type { ContractResult } from "../../contract.ts";
import { findWorkerdUnavailability } from "../../host/workerd-availability.ts";
import { checkReport, type SoakReport } from "./checks.ts";
import { formatReportTable } from "./report-table.ts";
import { soakOnNode } from "./soak-on-node.ts";
import { type SoakPlan, SoakRun } from "./soak-run.ts";

/** Enough for every part to work. Slow leaks need a longer soak. */
const defaultSeconds = 6;

/**
 * Reads `FLAGSMITH_SOAK_SECONDS` (default: 6) and `FLAGSMITH_SOAK_SEED` (default: random).
 *
 * @throws Error if one of them is not a number above 0
 */
export function readSoakPlan(env: Readonly<Record<string, string | undefined>>): SoakPlan {
  return {
    seconds: readNumber(env, "FLAGSMITH_SOAK_SECONDS") ?? defaultSeconds,
    seed: readNumber(env, "FLAGSMITH_SOAK_SEED") ?? Math.floor(Math.random() * 2 ** 31),
  };
}

function readNumber(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`${name} must be a number above 0, not ${text}.`);
}

/** Runs a soak of the installed packages on Node.js and in workerd at the same time, and prints the figures. */
export async function runSoak(consumer: string, plan: SoakPlan): Promise<ContractResult[]> {
  console.log(`soak: ${plan.seconds} s on each runtime, FLAGSMITH_SOAK_SEED=${plan.seed}`);
  const outcomes = await Promise.all([
    executeSoak("Node.js", plan, (run) => soakOnNode(consumer, run)),
    soakWorkerdIfAvailable(consumer, plan),
  ]);
  const reports = outcomes.flatMap(({ report }) => report ?? []);
  if (reports.length > 0) console.log(formatReportTable(reports));
  return outcomes.flatMap(({ results }) => results);
}

/** Results of a soak on one runtime. There is no report if the soak broke down or was skipped. */
interface SoakOutcome {
  readonly report?: SoakReport;
  readonly results: readonly ContractResult[];
}

async function soakWorkerdIfAvailable(consumer: string, plan: SoakPlan): Promise<SoakOutcome> {
  const skipped = findWorkerdUnavailability();
  if (skipped !== undefined) return { results: [{ name: "workerd: all checks", skipped }] };
  return executeSoak("workerd", plan, async (run) => {
    const { soakOnWorkerd } = await import("./soak-on-workerd.ts");
    return soakOnWorkerd(consumer, run);
  });
}

/**
 * Runs a soak on one runtime and checks its report. If the soak breaks down, in a callback for instance, that is
 * exactly one failure. Never rejects.
 */
export async function executeSoak(
  runtime: string,
  plan: SoakPlan,
  soak: (run: SoakRun) => Promise<SoakReport>,
): Promise<SoakOutcome> {
  const run = new SoakRun(plan);
  try {
    const report = await soak(run);
    run.throwIfFailed();
    return { report, results: checkReport(report) };
  } catch (error) {
    run.fail(error);
    return { results: [{ name: `${runtime}: the soak runs to its end`, failure: run.failure }] };
  }
}
