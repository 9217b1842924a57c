import type { Client, Contender } from "../contenders/contender.ts";
import { loadContender, OFFICIAL } from "../contenders/list.ts";
import { createWorkload } from "../workload/create-workload.ts";
import type { Identity, Size, Workload } from "../workload/workload.ts";
import { serveChild } from "./child.ts";
import { type AgreementResult, Comparison } from "./comparison.ts";

export interface AgreementTask {
  readonly size: Size;
  readonly contender: string;
  readonly identities: number;
}

/**
 * Compares one contender with the official client.
 *
 * It has a process of its own: what it asks would teach the optimising compiler other things than the workload.
 */
await serveChild(async (task: AgreementTask): Promise<AgreementResult> => {
  const workload = createWorkload(task.size);
  const official = await open(await loadContender(OFFICIAL), workload);
  const contender = await loadContender(task.contender);
  const client = await open(contender, workload);
  const comparison = new Comparison(contender, workload);
  for (const identity of pickIdentities(workload, task.identities)) {
    await comparison.compare(identity, official, client);
  }
  return comparison.result();
});

function open(contender: Contender, workload: Workload): Promise<Client> {
  return contender.load(contender.configure(workload));
}

/** Half of them from the front, where identity overrides are, the others spread over all. */
function pickIdentities({ identities }: Workload, count: number): Identity[] {
  const front = identities.slice(0, count / 2);
  const step = Math.floor(identities.length / (count / 2));
  return [...front, ...identities.filter((_, i) => i >= count && i % step === 0)];
}
