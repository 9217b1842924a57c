import type { DeliveryReport, Flags, Flagsmith } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { shortTimeout } from "../client.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { createRandom, drawInteger, drawItem, type Random } from "../random.ts";
import { type FaultName, namedFaults } from "./named-faults.ts";
import { createOnceClient } from "./reporting-client.ts";

type Kind = keyof DeliveryReport;

const kinds: readonly Kind[] = ["analytics", "events"];

const paths: Readonly<Record<Kind, string>> = {
  analytics: "/api/v1/analytics/flags/",
  events: "/v1/events",
};

/** The API accepts a report, and the client does not learn of it. */
const lossFaults: readonly FaultName[] = ["lost response", "lost response, then reset"];

const faults: readonly [undefined, ...FaultName[]] = [
  undefined,
  "status 500",
  "status 503, retry now",
  "status 429",
  "status 400",
  "no response",
  "connection reset",
  ...lossFaults,
];

/** A program that reports to an API with random faults. */
class RandomProgram {
  readonly #context: ContractContext;
  readonly #client: Flagsmith;
  readonly #flags: Flags;
  readonly #random: Random;
  readonly #made = { analytics: 0, events: 0 };
  /** Number of requests that have been caused. On a slow machine, the delivery interval causes further ones. */
  readonly #requestCounts = { analytics: 0, events: 0 };

  constructor(context: ContractContext, client: Flagsmith, flags: Flags, seed: number) {
    this.#context = context;
    this.#client = client;
    this.#flags = flags;
    this.#random = createRandom(seed);
  }

  async run(): Promise<void> {
    for (let step = 0; step < 4; step++) {
      this.#report();
      await this.#failNext();
      const flushed = this.#client.flush();
      this.#report();
      await flushed;
      await this.#check();
    }
    await this.#failNext();
    await this.#client.close();
    await this.#check();
    const { analytics, events } = this.#client.deliveryReport();
    expect([analytics.pending, events.pending]).to.deep.equal([0, 0]);
  }

  #report(): void {
    const evaluations = drawInteger(this.#random, 0, 4);
    for (let left = evaluations; left > 0; left--) this.#flags.isFeatureEnabled("dark_mode");
    this.#made.analytics += evaluations;
    const events = drawInteger(this.#random, 0, 4);
    for (let left = events; left > 0; left--) this.#client.trackEvent("checkout");
    this.#made.events += events;
  }

  /** Draws the faults of the requests that the next flush sends. */
  async #failNext(): Promise<void> {
    const report = this.#client.deliveryReport();
    for (const kind of kinds) {
      if (report[kind].pending === 0) continue;
      const fault = drawItem(this.#random, faults);
      const isSplit = fault === "status 400" && kind === "events" && report.events.pending > 1;
      // Both halves of the refused events are accepted.
      this.#requestCounts[kind] += isSplit ? 3 : 1;
      if (fault === undefined) continue;
      await this.#context.api.control.failNext(1, { ...namedFaults[fault], path: paths[kind] });
    }
  }

  async #check(): Promise<void> {
    const { control } = this.#context.api;
    const received = {
      analytics: (await control.acceptedAnalytics())["dark_mode"] ?? 0,
      events: (await control.acceptedEvents()).length,
    };
    const report = this.#client.deliveryReport();
    for (const kind of kinds) {
      const { accepted, pending, dropped, unconfirmed } = report[kind];
      expect(accepted + pending + dropped).to.equal(this.#made[kind]);
      const surplus = received[kind] + pending + dropped - this.#made[kind];
      // On a slow machine, an attempt may also time out that the API has accepted.
      expect(surplus).to.be.within(await this.#countLostResponses(kind), unconfirmed);
    }
  }

  /** Counts what the API accepted in requests whose responses were lost. */
  async #countLostResponses(kind: Kind): Promise<number> {
    const requests = await this.#context.api.control.requests();
    const sent = requests.filter(({ path }) => path === paths[kind]);
    expect(sent).to.have.lengthOf.at.least(this.#requestCounts[kind]);
    let count = 0;
    for (const { body, fault } of sent) {
      if (fault !== "lostResponse") continue;
      const report = JSON.parse(body);
      count += kind === "analytics" ? report.dark_mode : report.events.length;
    }
    return count;
  }
}

/** Delivery at least once, with random reports and faults. */
export const reportAccountingCases: readonly ContractCase[] = [1, 2, 3, 4, undefined].map(
  (fixedSeed) => ({
    name: `reports: counts add up under random faults (${fixedSeed ? `seed ${fixedSeed}` : "random seed"})`,
    mostlyWaits: true,
    async run(context) {
      const client = createOnceClient(context, shortTimeout);
      const flags = await client.getEnvironmentFlags();
      const seed = fixedSeed ?? Math.floor(Math.random() * 2 ** 31);
      try {
        await new RandomProgram(context, client, flags, seed).run();
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
    },
  }),
);
