import { OFFICIAL } from "./contenders/list.ts";
import type { AgreementTask } from "./measure/agreement.ts";
import { runChild } from "./measure/child.ts";
import type { AgreementResult } from "./measure/comparison.ts";
import type { Size } from "./workload/workload.ts";

/** The official client needs some 50 ms for one answer on L. */
const IDENTITIES: Readonly<Record<Size, number>> = { S: 300, M: 300, L: 20 };

/**
 * Checks that everyone answers what the official client does, and prints how much was compared.
 *
 * @throws Error that names who disagrees, and on what.
 */
export async function checkAgreement(
  sizes: readonly Size[],
  contenders: readonly string[],
): Promise<void> {
  const problems: string[] = [];
  for (const contender of contenders) {
    if (contender === OFFICIAL) continue;
    const counts: string[] = [];
    for (const size of sizes) {
      const task: AgreementTask = { size, contender, identities: IDENTITIES[size] };
      const result = await runChild<AgreementTask, AgreementResult>("agreement.ts", task);
      counts.push(`${size} ${result.compared.toLocaleString("en-US")}`);
      for (const problem of result.disagreements)
        problems.push(`${contender} on ${size}: ${problem}`);
    }
    console.log(`- ${contender}: ${counts.join(", ")}`);
  }
  if (problems.length > 0) {
    throw new Error(`Not everyone agrees with ${OFFICIAL}:\n${problems.join("\n")}`);
  }
}
