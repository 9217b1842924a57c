import type { DeliveryReport, Flags, Flagsmith } from "@flagsmith-isomorphic/core";
import type { Fault } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import type { ContractCase, ContractContext } from "../contract.ts";
import { createOnceClient } from "./reports.ts";

type Kind = keyof DeliveryReport;

const paths: Readonly<Record<Kind, string>> = {
  analytics: "/api/v1/analytics/flags/",
  events: "/v1/events",
};

/** The API takes these, and the client cannot know. */
const lost: readonly Fault[] = [
  { kind: "lostResponse", how: "hang" },
  { kind: "lostResponse", how: "reset" },
  { kind: "slowHead", delayMs: 1000 },
];

const faults: readonly (Fault | undefined)[] = [
  undefined,
  { kind: "status", status: 500 },
  { kind: "status", status: 503, retryAfter: "0" },
  { kind: "status", status: 429 },
  { kind: "status", status: 400 },
  { kind: "hang" },
  { kind: "reset" },
  ...lost,
];

/** Numbers below `limit`, the same for the same seed: a failure can be had again. */
function randomBy(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** A program that reports to an API that fails at random. */
class Program {
  readonly #context: ContractContext;
  readonly #client: Flagsmith;
  readonly #flags: Flags;
  readonly #random: (limit: number) => number;
  readonly #made = { analytics: 0, events: 0 };
  /** What befell each report, in order. */
  readonly #befell: Record<Kind, (Fault | undefined)[]> = { analytics: [], events: [] };

  constructor(context: ContractContext, client: Flagsmith, flags: Flags, seed: number) {
    this.#context = context;
    this.#client = client;
    this.#flags = flags;
    this.#random = randomBy(seed);
  }

  async run(): Promise<void> {
    for (let step = 0; step < 4; step++) {
      this.#make();
      await this.#failNext();
      const flushed = this.#client.flush();
      this.#make();
      await flushed;
      await this.#check();
    }
    await this.#failNext();
    await this.#client.close();
    await this.#check();
    const { analytics, events } = this.#client.deliveryReport();
    expect([analytics.pending, events.pending]).to.deep.equal([0, 0]);
  }

  #make(): void {
    const evaluations = this.#random(5);
    for (let left = evaluations; left > 0; left--) this.#flags.isFeatureEnabled("dark_mode");
    this.#made.analytics += evaluations;
    const events = this.#random(5);
    for (let left = events; left > 0; left--) this.#client.trackEvent("checkout");
    this.#made.events += events;
  }

  /** For what the next flush sends, if it does. */
  async #failNext(): Promise<void> {
    const report = this.#client.deliveryReport();
    for (const kind of ["analytics", "events"] as const) {
      if (report[kind].pending === 0) continue;
      const fault = faults[this.#random(faults.length)];
      this.#befell[kind].push(fault);
      if (fault) await this.#context.api.control.failNext(1, { ...fault, path: paths[kind] });
    }
  }

  async #check(): Promise<void> {
    const { control } = this.#context.api;
    const taken = {
      analytics: (await control.acceptedAnalytics())["dark_mode"] ?? 0,
      events: (await control.acceptedEvents()).length,
    };
    const report = this.#client.deliveryReport();
    for (const kind of ["analytics", "events"] as const) {
      const { accepted, pending, dropped, unconfirmed } = report[kind];
      expect(accepted + pending + dropped).to.equal(this.#made[kind]);
      const surplus = taken[kind] + pending + dropped - this.#made[kind];
      expect(surplus).to.equal(await this.#takenUnheard(kind));
      expect(surplus).to.be.at.most(unconfirmed);
    }
  }

  /** What the API took without the client's hearing of it, by the requests that it received. */
  async #takenUnheard(kind: Kind): Promise<number> {
    const requests = await this.#context.api.control.requests();
    const sent = requests.filter(({ path }) => path === paths[kind]);
    expect(sent).to.have.lengthOf(this.#befell[kind].length);
    let count = 0;
    sent.forEach(({ body }, index) => {
      const fault = this.#befell[kind][index];
      if (fault === undefined || !lost.includes(fault)) return;
      const report = JSON.parse(body);
      count += kind === "analytics" ? report.dark_mode : report.events.length;
    });
    return count;
  }
}

/** The promise of delivery at least once, put to the proof. */
export const reportAccountingCases: readonly ContractCase[] = [1, 2, 3, 4, undefined].map(
  (fixedSeed) => ({
    name: `reports: what was taken, held and dropped adds up, and no surplus goes unannounced (${fixedSeed ? `seed ${fixedSeed}` : "another seed each time"})`,
    async run(context) {
      const client = createOnceClient(context);
      const flags = await client.getEnvironmentFlags();
      const seed = fixedSeed ?? Math.floor(Math.random() * 2 ** 31);
      try {
        await new Program(context, client, flags, seed).run();
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
    },
  }),
);
