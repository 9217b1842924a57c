import { runInChild } from "../child.ts";
import type { BenchClient } from "../contenders/contender.ts";
import { loadContender, officialName } from "../contenders/list.ts";
import { createWorkload } from "../workload/create-workload.ts";
import type { Identity, Workload, WorkloadFlag, WorkloadName } from "../workload/workload.ts";
import type { Plan } from "./section.ts";

interface AgreementTask {
  readonly workload: WorkloadName;
  readonly contender: string;
}

/** Identities to compare. One evaluation of L takes the official client about 50 ms. */
const identityCounts: Readonly<Record<WorkloadName, number>> = { S: 300, M: 300, L: 20 };

const maxDifferences = 5;

/**
 * Checks that all contenders agree with the official client, and prints the number of compared results.
 *
 * @throws Error that lists the differences.
 */
export async function checkAgreement({ workloads, contenders }: Plan): Promise<void> {
  console.log(`\n## Agreement\n\nNumber of results that were compared with ${officialName}:\n`);
  const differences: string[] = [];
  for (const contender of contenders) {
    if (contender === officialName) continue;
    const counts: string[] = [];
    for (const workload of workloads) {
      const task = { workload, contender };
      const result = await runInChild(import.meta.url, compareWithOfficial, task);
      counts.push(`${workload} ${result.compared.toLocaleString("en-US")}`);
      for (const text of result.differences) differences.push(`${contender}, ${workload}: ${text}`);
    }
    console.log(`- ${contender}: ${counts.join(", ")}`);
  }
  if (differences.length > 0) {
    throw new Error(`Results differ from ${officialName}:\n${differences.join("\n")}`);
  }
}

/** Runs in a child process. */
export async function compareWithOfficial({ workload: name, contender }: AgreementTask) {
  const workload = createWorkload(name);
  const official = await open(officialName, workload);
  const { client, hashesLikeFlagsmith } = await open(contender, workload);
  const flags = workload.flags.filter((flag) => hashesLikeFlagsmith || !hasPercentageRule(flag));
  const differences: string[] = [];
  let compared = 0;
  const compare = (what: string, actual: unknown, expected: unknown) => {
    compared++;
    if (Object.is(actual, expected) || differences.length >= maxDifferences) return;
    const values = `${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
    differences.push(`${what} is ${values}`);
  };
  for (const identity of pickIdentities(workload, identityCounts[name])) {
    const expected = (await inspect(official.client, identity)).flags;
    const actual = await inspect(client, identity);
    const { identifier } = identity;
    compare(
      `number of flags of ${identifier}`,
      await client.countFlags(actual.evaluated),
      workload.flags.length,
    );
    for (const { name, kind } of flags) {
      const result = expected?.get(name);
      const wanted = kind === "toggle" ? result?.enabled : result?.value;
      compare(
        `${name} of ${identifier}`,
        client.readFlag(actual.evaluated, { name, kind }),
        wanted,
      );
      if (!hashesLikeFlagsmith) continue;
      const listed = actual.flags?.get(name);
      compare(`enabled state of ${name} of ${identifier}`, listed?.enabled, result?.enabled);
      compare(`value of ${name} of ${identifier}`, listed?.value ?? null, result?.value ?? null);
    }
  }
  return { compared, differences };
}

async function open(name: string, workload: Workload) {
  const { configure, open, hashesLikeFlagsmith } = await loadContender(name);
  return { client: await open(configure(workload)), hashesLikeFlagsmith };
}

async function inspect(client: BenchClient, identity: Identity) {
  const subject = client.prepare(identity);
  const evaluated = client.evaluate === undefined ? subject : await client.evaluate(subject);
  return { evaluated, flags: client.listFlags?.(evaluated) };
}

/** Picks half of the identities from the first ones, which have overrides, and the other half from the rest. */
function pickIdentities({ identities }: Workload, count: number): Identity[] {
  const step = Math.floor(identities.length / (count / 2));
  const rest = identities.filter((_, i) => i >= count && i % step === 0);
  return [...identities.slice(0, count / 2), ...rest];
}

function hasPercentageRule({ kind, segmentOverrides }: WorkloadFlag): boolean {
  return (
    kind === "multivariate" || segmentOverrides.some(({ segment }) => segment.split !== undefined)
  );
}
