import type { ContractResult } from "../../contract.ts";
import type { Findings, SoakPlan } from "./findings.ts";
import { judge } from "./judge.ts";
import { soakOnNode } from "./soak-on-node.ts";
import { soakOnWorkerd } from "./soak-on-workerd.ts";
import { soakTable } from "./soak-table.ts";

/** Long enough for every part to have been at work; what leaks slowly shows in a long one. */
const usualSeconds = 6;

/** `FLAGSMITH_SOAK_SECONDS` and `FLAGSMITH_SOAK_SEED`, or a short one by chance. @throws Error */
export function soakPlan(env: Readonly<Record<string, string | undefined>>): SoakPlan {
  return {
    seconds: numberIn(env, "FLAGSMITH_SOAK_SECONDS") ?? usualSeconds,
    seed: numberIn(env, "FLAGSMITH_SOAK_SEED") ?? Math.floor(Math.random() * 2 ** 31),
  };
}

function numberIn(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`${name} must be a number above 0, not ${text}.`);
}

/** Soaks the installed packages on Node.js and in workerd at once, and prints what came of it. */
export async function runSoak(consumer: string, plan: SoakPlan): Promise<ContractResult[]> {
  const { seconds, seed } = plan;
  console.log(`\nsoak: ${seconds} s on each runtime, FLAGSMITH_SOAK_SEED=${seed}`);
  const soaks = { "Node.js": soakOnNode, workerd: soakOnWorkerd };
  const findings: Findings[] = [];
  const results: ContractResult[] = [];
  const runs = Object.entries(soaks).map(async ([name, soak]) => {
    try {
      findings.push(await soak(consumer, plan));
    } catch (error) {
      const failure = error instanceof Error ? `${error.stack}` : String(error);
      results.push({ name: `${name}: the soak runs to its end`, failure });
    }
  });
  await Promise.all(runs);
  findings.sort((a, b) => (a.runtime < b.runtime ? -1 : 1));
  console.log(soakTable(findings));
  return [...results, ...findings.flatMap(judge)];
}
