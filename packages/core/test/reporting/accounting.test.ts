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
  fakeIsolate,
  fakePlatform,
  hang,
  json,
  reset,
  type SeenRequest,
  settle,
  status,
} from "../fake-platform.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";
import { eventsApiUrl } from "./fake-reports.ts";

allowNoUnhandledRejection();

const timeoutMs = 1000;

/** How a server can answer a report. After some faults the client cannot know whether it was accepted. */
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

/** The items that the server counted. */
interface Books {
  accepted: number;
  /** Accepted items for which the client got no confirmation. */
  unconfirmed: number;
}

/** A server with one fault for each report, in this order. */
function createFaultyServer(faults: Fault[], clock: FakeClock) {
  const books: Record<Kind, Books> = {
    analytics: { accepted: 0, unconfirmed: 0 },
    events: { accepted: 0, unconfirmed: 0 },
  };
  let inFlight = 0;

  async function receive(request: SeenRequest): Promise<Response> {
    const kind = request.url.includes("analytics") ? "analytics" : "events";
    const body = JSON.parse(request.body ?? "");
    const count = kind === "analytics" ? body.banner : body.events.length;
    const fault = faults.shift() ?? "none";
    const accept = (isConfirmed: boolean) => {
      books[kind].accepted += count;
      if (!isConfirmed) books[kind].unconfirmed += count;
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
        return hang(request);
      case "reset":
        return reset();
      case "accepted, then hang":
        accept(false);
        return hang(request);
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
    isBusy: () => inFlight > 0,
    answer: async (request: SeenRequest) => {
      const { url, method } = request;
      if (url.endsWith("/flags/") && method === "GET") return json([apiFlag("banner")]);
      inFlight++;
      try {
        return await receive(request);
      } finally {
        inFlight--;
      }
    },
  };
}

/** A step of a program that uses a client. */
type Step =
  | { readonly do: "evaluate" | "track"; readonly count: number }
  | { readonly do: "advance"; readonly seconds: number }
  | { readonly do: "flush" }
  /** Evaluates, tracks and flushes again during a flush. */
  | { readonly do: "flush and continue"; readonly count: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("evaluate" as const), count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ do: fc.constant("track" as const), count: fc.integer({ min: 1, max: 700 }) }),
  fc.record({ do: fc.constant("advance" as const), seconds: fc.integer({ min: 1, max: 25 }) }),
  fc.record({ do: fc.constant("flush" as const) }),
  fc.record({
    do: fc.constant("flush and continue" as const),
    count: fc.integer({ min: 1, max: 50 }),
  }),
);

/** A program that uses a client. The counts are checked after each step. */
class Program {
  readonly #clock: FakeClock;
  readonly #flagsmith: Flagsmith;
  readonly #flags: Flags;
  readonly #server: ReturnType<typeof createFaultyServer>;
  readonly #created = { analytics: 0, events: 0 };

  constructor(parts: {
    readonly clock: FakeClock;
    readonly flagsmith: Flagsmith;
    readonly flags: Flags;
    readonly server: ReturnType<typeof createFaultyServer>;
  }) {
    this.#clock = parts.clock;
    this.#flagsmith = parts.flagsmith;
    this.#flags = parts.flags;
    this.#server = parts.server;
  }

  async run(step: Step): Promise<void> {
    if (step.do === "evaluate") this.#evaluate(step.count);
    else if (step.do === "track") this.#track(step.count);
    else if (step.do === "advance") await this.#clock.advance(step.seconds * 1000);
    else if (step.do === "flush") await this.#clock.run(this.#flagsmith.flush());
    else await this.#flushAndContinue(step.count);
    await this.check();
  }

  /** Closes between two flushes. */
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

  /** Every item is counted once, and only unconfirmed ones were received twice. */
  async check(): Promise<void> {
    await this.#whileBusy();
    const report = this.#flagsmith.deliveryReport();
    for (const kind of ["analytics", "events"] as const) {
      const { accepted, pending, dropped, unconfirmed } = report[kind];
      const books = this.#server.books[kind];
      expect(accepted + pending + dropped).toBe(this.#created[kind]);
      const surplus = books.accepted + pending + dropped - this.#created[kind];
      expect(surplus).toBe(books.unconfirmed);
      expect(surplus).toBeLessThanOrEqual(unconfirmed);
    }
  }

  #evaluate(count: number): void {
    for (let index = 0; index < count; index++) this.#flags.isFeatureEnabled("banner");
    this.#created.analytics += count;
  }

  #track(count: number): void {
    for (let index = 0; index < count; index++) this.#flagsmith.trackEvent("checkout");
    this.#created.events += count;
  }

  async #flushAndContinue(count: number): Promise<void> {
    const flushed = this.#flagsmith.flush();
    await settle();
    this.#evaluate(count);
    this.#track(count);
    await this.#clock.run(Promise.all([flushed, this.#flagsmith.flush()]));
  }

  /** The counts of client and server differ while a request is in flight. */
  async #whileBusy(): Promise<void> {
    await settle();
    while (this.#server.isBusy()) await this.#clock.advance(100);
  }
}

async function begin(faults: Fault[], kind: "background" | "isolate"): Promise<Program> {
  const clock = new FakeClock();
  const server = createFaultyServer(faults, clock);
  const createPlatform = kind === "isolate" ? fakeIsolate : fakePlatform;
  const platform = createPlatform(server.answer, { clock });
  const flagsmith = client(platform, {
    enableAnalytics: true,
    enableEvents: true,
    eventsApiUrl,
    requestTimeoutSeconds: timeoutMs / 1000,
    waitUntil: () => undefined,
  });
  const flags = await flagsmith.getEnvironmentFlags();
  return new Program({ clock, flagsmith, flags, server });
}

it.each(["background", "isolate"] as const)(
  "loses no item and sends only unconfirmed items twice (%s)",
  { timeout: fuzzTimeoutMs },
  (kind) =>
    fuzz(
      `delivery reports, ${kind}`,
      fc.record({
        programSteps: fc.array(steps, { minLength: 1, maxLength: 12 }),
        serverFaults: fc.array(fc.constantFrom(...faults), { maxLength: 20 }),
      }),
      async ({ programSteps, serverFaults }) => {
        const program = await begin([...serverFaults], kind);
        for (const step of programSteps) await program.run(step);
        await program.close();
      },
      75,
    ),
);
