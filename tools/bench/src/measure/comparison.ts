import type { Client, Contender } from "../contenders/contender.ts";
import type { Identity, Workload, WorkloadFlag } from "../workload/workload.ts";

export interface AgreementResult {
  /** How many answers were compared. */
  readonly compared: number;
  /** The first few that differ, in words. */
  readonly disagreements: readonly string[];
}

const MENTIONED = 5;

/** Holds what a contender answers against what the official client does. */
export class Comparison {
  readonly #contender: Contender;
  readonly #workload: Workload;
  readonly #disagreements: string[] = [];
  #compared = 0;

  constructor(contender: Contender, workload: Workload) {
    this.#contender = contender;
    this.#workload = workload;
  }

  async compare(identity: Identity, official: Client, client: Client): Promise<void> {
    const expected = official.inspect?.(await subjectOf(official, identity));
    const subject = await subjectOf(client, identity);
    const inspected = client.inspect?.(subject);
    this.#same(
      identity,
      "number of flags",
      await client.askAll(subject),
      this.#workload.flags.length,
    );
    for (const flag of this.#workload.flags.filter((flag) => this.#isComparable(flag))) {
      const { name, kind } = flag;
      const wanted = expected?.get(name);
      const answer = client.ask(subject, { flag: name, kind });
      this.#same(identity, name, answer, kind === "toggle" ? wanted?.enabled : wanted?.value);
      if (this.#contender.agreesOn === "flags without percentage rules") continue;
      const found = inspected?.get(name);
      this.#same(identity, `${name} (enabled)`, found?.enabled, wanted?.enabled);
      this.#same(identity, `${name} (value)`, found?.value ?? null, wanted?.value ?? null);
    }
  }

  result(): AgreementResult {
    return { compared: this.#compared, disagreements: this.#disagreements };
  }

  #isComparable({ hasPercentageRule }: WorkloadFlag): boolean {
    return this.#contender.agreesOn === "every flag" || !hasPercentageRule;
  }

  #same({ identifier }: Identity, what: string, answer: unknown, wanted: unknown): void {
    this.#compared++;
    if (Object.is(answer, wanted) || this.#disagreements.length >= MENTIONED) return;
    const said = `${JSON.stringify(answer)}, and not ${JSON.stringify(wanted)}`;
    this.#disagreements.push(`${what} for ${identifier}: ${said}`);
  }
}

/** What a client answers from. */
async function subjectOf(client: Client, identity: Identity): Promise<unknown> {
  const subject = client.prepare(identity);
  return client.evaluate === undefined ? subject : await client.evaluate(subject);
}
