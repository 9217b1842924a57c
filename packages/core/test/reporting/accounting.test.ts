import fc from "fast-check";
import { expect, it } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import type { Flagsmith } from "../../src/flagsmith.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  client,
  cutBody,
  FakeClock,
  type FakePlatform,
  fakePlatform,
  hang,
  json,
  reset,
  type SeenRequest,
  settle,
  status,
} from "../fake-platform.ts";
import { eventsApiUrl } from "./fake-reports.ts";

allowNoUnhandledRejection();

const timeoutMs = 1000;

/** What a server may do to a report. Only some of it lets the client know what became of it. */
const faults = [
  "none",
  "500",
  "503 Retry-After 0",
  "429",
  "429 Retry-After 15",
  "400",
  "hang",
  "reset",
  "accepted, then hang",
  "accepted, then reset",
  "accepted, then cut",
  "accepted, too late",
  "accepted, late but in time",
] as const;

type Fault = (typeof faults)[number];

type Kind = "analytics" | "events";

/** What the server did, by its own books. */
interface Books {
  accepted: number;
  /** Of these: what the client cannot know of. */
  unknown: number;
}

/** A server that keeps books and suffers the faults, one for each report. */
function faultyServer(pending: Fault[], clock: FakeClock) {
  const books: Record<Kind, Books> = {
    analytics: { accepted: 0, unknown: 0 },
    events: { accepted: 0, unknown: 0 },
  };
  let underWay = 0;

  async function take(asked: SeenRequest): Promise<Response> {
    const kind = asked.url.includes("analytics") ? "analytics" : "events";
    const body = JSON.parse(asked.body ?? "");
    const count = kind === "analytics" ? body.banner : body.events.length;
    const fault = pending.shift() ?? "none";
    const accept = (isKnown: boolean) => {
      books[kind].accepted += count;
      if (!isKnown) books[kind].unknown += count;
    };
    switch (fault) {
      case "500":
        return status(500);
      case "503 Retry-After 0":
        return status(503, { "Retry-After": "0" });
      case "429":
        return status(429);
      case "429 Retry-After 15":
        return status(429, { "Retry-After": "15" });
      case "400":
        return status(400);
      case "hang":
        return hang(asked);
      case "reset":
        return reset();
      case "accepted, then hang":
        accept(false);
        return hang(asked);
      case "accepted, then reset":
        accept(false);
        return reset();
      case "accepted, then cut":
        accept(false);
        return cutBody();
      case "accepted, too late":
        accept(false);
        await clock.sleep(timeoutMs + 500);
        return status(200);
      case "accepted, late but in time":
        accept(true);
        await clock.sleep(timeoutMs - 500);
        return status(200);
      default:
        accept(true);
        return status(200);
    }
  }

  return {
    books,
    isBusy: () => underWay > 0,
    answer: async (asked: SeenRequest) => {
      if (asked.url.endsWith("/flags/") && asked.method === "GET") return json([apiFlag("banner")]);
      underWay++;
      try {
        return await take(asked);
      } finally {
        underWay--;
      }
    },
  };
}

/** What a program does with its client. */
type Step =
  | { readonly do: "evaluate" | "track"; readonly count: number }
  | { readonly do: "advance"; readonly seconds: number }
  | { readonly do: "flush" }
  /** Evaluates, tracks and flushes again while a flush is under way. */
  | { readonly do: "flush and go on"; readonly count: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("evaluate" as const), count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ do: fc.constant("track" as const), count: fc.integer({ min: 1, max: 700 }) }),
  fc.record({ do: fc.constant("advance" as const), seconds: fc.integer({ min: 1, max: 25 }) }),
  fc.record({ do: fc.constant("flush" as const) }),
  fc.record({
    do: fc.constant("flush and go on" as const),
    count: fc.integer({ min: 1, max: 50 }),
  }),
);

/** One program's life with a client, whose books are checked after each step. */
class Life {
  readonly #clock: FakeClock;
  readonly #flagsmith: Flagsmith;
  readonly #flags: Flags;
  readonly #server: ReturnType<typeof faultyServer>;
  readonly #made = { analytics: 0, events: 0 };

  constructor(parts: {
    readonly clock: FakeClock;
    readonly flagsmith: Flagsmith;
    readonly flags: Flags;
    readonly server: ReturnType<typeof faultyServer>;
  }) {
    this.#clock = parts.clock;
    this.#flagsmith = parts.flagsmith;
    this.#flags = parts.flags;
    this.#server = parts.server;
  }

  async take(step: Step): Promise<void> {
    if (step.do === "evaluate") this.#evaluate(step.count);
    else if (step.do === "track") this.#track(step.count);
    else if (step.do === "advance") await this.#clock.advance(step.seconds * 1000);
    else if (step.do === "flush") await this.#clock.run(this.#flagsmith.flush());
    else await this.#flushAndGoOn(step.count);
    await this.check();
  }

  /** While a flush is under way, and another begins. */
  async close(): Promise<void> {
    const flushed = this.#flagsmith.flush();
    await settle();
    this.#evaluate(1);
    this.#track(1);
    const closed = this.#flagsmith.close();
    await this.#clock.run(Promise.all([flushed, closed, this.#flagsmith.flush()]));
    await this.check();
    const { analytics, events } = this.#flagsmith.deliveryReport();
    expect([analytics.pending, events.pending]).toEqual([0, 0]);
  }

  /** All that was made is somewhere, and only what the client says may count twice does. */
  async check(): Promise<void> {
    await this.#whileBusy();
    const report = this.#flagsmith.deliveryReport();
    for (const kind of ["analytics", "events"] as const) {
      const { accepted, pending, dropped, unconfirmed } = report[kind];
      const books = this.#server.books[kind];
      expect(accepted + pending + dropped).toBe(this.#made[kind]);
      const surplus = books.accepted + pending + dropped - this.#made[kind];
      expect(surplus).toBe(books.unknown);
      expect(surplus).toBeLessThanOrEqual(unconfirmed);
    }
  }

  #evaluate(count: number): void {
    for (let left = count; left > 0; left--) this.#flags.isFeatureEnabled("banner");
    this.#made.analytics += count;
  }

  #track(count: number): void {
    for (let left = count; left > 0; left--) this.#flagsmith.trackEvent("checkout");
    this.#made.events += count;
  }

  async #flushAndGoOn(count: number): Promise<void> {
    const flushed = this.#flagsmith.flush();
    await settle();
    this.#evaluate(count);
    this.#track(count);
    await this.#clock.run(Promise.all([flushed, this.#flagsmith.flush()]));
  }

  /** Nobody's books are right while something is on its way. */
  async #whileBusy(): Promise<void> {
    await settle();
    while (this.#server.isBusy()) await this.#clock.advance(100);
  }
}

async function begin(pending: Fault[], kind: "background" | "isolate"): Promise<Life> {
  const clock = new FakeClock();
  const timers = kind === "isolate" ? { now: clock.now, sleep: clock.sleep } : clock;
  const server = faultyServer(pending, clock);
  const platform: FakePlatform = fakePlatform(server.answer, { timers });
  const flagsmith = client(platform, {
    enableAnalytics: true,
    enableEvents: true,
    eventsApiUrl,
    requestTimeoutSeconds: timeoutMs / 1000,
    waitUntil: () => undefined,
  });
  const flags = await flagsmith.getEnvironmentFlags();
  return new Life({ clock, flagsmith, flags, server });
}

it.each(["background", "isolate"] as const)(
  "loses no evaluation and no event, and counts none twice unannounced, whatever fails (%s)",
  { timeout: 60_000 },
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(steps, { minLength: 1, maxLength: 12 }),
        fc.array(fc.constantFrom(...faults), { maxLength: 20 }),
        async (program, pending) => {
          const life = await begin([...pending], kind);
          for (const step of program) await life.take(step);
          await life.close();
        },
      ),
      { numRuns: 150 },
    );
  },
);
