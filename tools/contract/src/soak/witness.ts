import type { DeliveryCounts, DeliveryReport, Flags } from "@flagsmith-isomorphic/core";
import { evaluationsPerAnswer, readVersion, type Subject } from "./subjects.ts";

/** What became of the questions and events of one client, or of several together. */
export interface Testimony {
  readonly answers: number;
  readonly evaluations: number;
  readonly events: number;
  /** Each once. */
  readonly versions: readonly number[];
  /** Answers that are of no single version. */
  readonly torn: readonly string[];
  /** Questions that got no answer although there had been one. */
  readonly failures: readonly string[];
  readonly delivery: DeliveryReport;
}

/** More say no more. */
const maxComplaints = 20;

/** Looks at all that one client answers, where it is answered. */
export class Witness {
  readonly #name: string;
  readonly #versions = new Set<number>();
  readonly #torn: string[] = [];
  readonly #failures: string[] = [];
  #answers = 0;
  #events = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** The version that the flags are of, where it is one. */
  answered(flags: Flags, subject: Subject): number | undefined {
    this.#answers += 1;
    const version = readVersion(flags, subject);
    if (typeof version === "string") {
      this.tore(version);
      return undefined;
    }
    this.#versions.add(version);
    return version;
  }

  tore(complaint: string): void {
    if (this.#torn.length < maxComplaints) this.#torn.push(`${this.#name}: ${complaint}`);
  }

  /** Before the first answer there may be none to give. */
  failed(error: unknown): void {
    if (this.#answers === 0 || this.#failures.length >= maxComplaints) return;
    this.#failures.push(`${this.#name}: ${error}`);
  }

  /** A name for an event, which no other has. */
  nextEvent(): string {
    this.#events += 1;
    return `${this.#name} ${this.#events}`;
  }

  testimony(delivery: DeliveryReport): Testimony {
    return {
      answers: this.#answers,
      evaluations: this.#answers * evaluationsPerAnswer,
      events: this.#events,
      versions: [...this.#versions],
      torn: this.#torn,
      failures: this.#failures,
      delivery,
    };
  }
}

/** Both together. */
export function joined(one: Testimony, other: Testimony): Testimony {
  return {
    answers: one.answers + other.answers,
    evaluations: one.evaluations + other.evaluations,
    events: one.events + other.events,
    versions: [...new Set([...one.versions, ...other.versions])],
    torn: [...one.torn, ...other.torn].slice(0, maxComplaints),
    failures: [...one.failures, ...other.failures].slice(0, maxComplaints),
    delivery: {
      analytics: joinedCounts(one.delivery.analytics, other.delivery.analytics),
      events: joinedCounts(one.delivery.events, other.delivery.events),
    },
  };
}

function joinedCounts(one: DeliveryCounts, other: DeliveryCounts): DeliveryCounts {
  return {
    accepted: one.accepted + other.accepted,
    pending: one.pending + other.pending,
    dropped: one.dropped + other.dropped,
    unconfirmed: one.unconfirmed + other.unconfirmed,
  };
}
