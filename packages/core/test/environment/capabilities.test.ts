import { describe, expect, it } from "vitest";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { documentResponse, environmentDocument, storageWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  FakeClock,
  fakePlatform,
  fixedRandom,
  hang,
  json,
  localClient,
  type Responder,
  recordingLogger,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { createRequest } from "./fake-isolate.ts";

allowNoUnhandledRejection();
fixedRandom();

const minute = 60_000;

/** The four combinations of the two capabilities on which the lifecycle depends. */
const combinations = [true, false].flatMap((hasTimer) =>
  [true, false].map((sharesPromises) => ({ hasTimer, sharesPromises })),
);

function createClient(
  { hasTimer, sharesPromises }: (typeof combinations)[number],
  answer: Responder,
  options: Partial<FlagsmithOptions> = {},
) {
  const clock = new FakeClock();
  const timers = hasTimer ? clock : clock.isolateTimers;
  const retryPolicy = steadyPolicy(0, 0);
  const platform = fakePlatform(answer, { timers, sharesPromises, retryPolicy });
  const flagsmith = localClient(platform, options);
  const read = async (context?: ReturnType<typeof createRequest>) => {
    const flags = await flagsmith.forRequest(context).getEnvironmentFlags();
    return flags.getFeatureValue("banner");
  };
  return { clock, platform, flagsmith, read };
}

describe.each(combinations)(
  "timers: $hasTimer, shared promises: $sharesPromises",
  (combination) => {
    it("a frozen process answers from a document that is younger than two intervals", async () => {
      let version = 1;
      const { clock, read, flagsmith } = createClient(combination, () => documentResponse(version));
      await clock.run(read());
      for (version = 2; version < 6; version++) {
        clock.freeze(5 * minute);
        expect(await clock.run(read())).toBe(version);
      }
      await flagsmith.close();
    });

    it("with waitUntil a document of less than ten intervals is served immediately", async () => {
      let version = 1;
      const { clock, read, flagsmith } = createClient(combination, () => documentResponse(version));
      await clock.run(read());
      version = 2;
      clock.freeze(5 * minute);
      const context = createRequest();
      expect(await read(context)).toBe(1);
      expect(context.work).toHaveLength(1);
      await Promise.all(context.work);
      expect(await read()).toBe(2);
      version = 3;
      clock.freeze(10 * minute);
      expect(await clock.run(read(createRequest()))).toBe(3);
      await flagsmith.close();
    });

    it("an API that hangs costs calls of an overdue document one second in all", async () => {
      const logger = recordingLogger();
      const { clock, read, flagsmith } = createClient(
        combination,
        (request, count) => (count === 1 ? documentResponse() : hang(request)),
        { logger },
      );
      await clock.run(read());
      clock.freeze(5 * minute);
      const startedAt = clock.now();
      await clock.run(Promise.all(Array.from({ length: 5 }, () => read())));
      await read();
      expect(clock.now() - startedAt).toBe(1000);
      // Only without timers, a waitUntil helps.
      expect(logger.warnings).toHaveLength(combination.hasTimer ? 0 : 1);
      await flagsmith.close();
    });

    it("a failed refresh is not repeated by calls before one interval", async () => {
      const { clock, read, platform, flagsmith } = createClient(combination, (_request, count) =>
        count === 1 ? documentResponse() : status(503),
      );
      await clock.run(read());
      clock.freeze(5 * minute);
      for (let count = 0; count < 50; count++) {
        await clock.run(read());
        await clock.advance(1000);
      }
      expect(platform.requests).toHaveLength(2);
      await flagsmith.close();
    });

    it("after a failed first load a call starts another one and waits a second at most", async () => {
      const { clock, read, platform, flagsmith } = createClient(combination, (request, count) =>
        count === 1 ? status(500) : hang(request),
      );
      await catchError(clock.run(read()));
      await catchError(read());
      expect(platform.requests).toHaveLength(1);
      clock.freeze(1000);
      const startedAt = clock.now();
      await catchError(clock.run(read()));
      expect(clock.now() - startedAt).toBe(1000);
      expect(platform.requests).toHaveLength(2);
      await flagsmith.close();
    });

    it("100 concurrent updates cause two loads", async () => {
      const { clock, platform, flagsmith } = createClient(combination, async (_request, count) => {
        await clock.sleep(100);
        return documentResponse(count);
      });
      await clock.run(
        Promise.all(Array.from({ length: 100 }, () => flagsmith.updateEnvironment())),
      );
      expect(platform.requests).toHaveLength(2);
      await flagsmith.close();
    });

    it.each([
      ["hangs", "stored", { storage: storageWith(10 * minute) }],
      ["hangs", "bootstrap", { bootstrap: environmentDocument("bootstrap") }],
      ["fails", "stored", { storage: storageWith(10 * minute) }],
      ["fails", "bootstrap", { bootstrap: environmentDocument("bootstrap") }],
    ] as const)(
      "if the first load is an update and the API %s, calls get the %s document",
      async (problem, value, options) => {
        const answer: Responder = (request) => (problem === "hangs" ? hang(request) : status(503));
        const { clock, read, flagsmith } = createClient(combination, answer, options);
        const update = catchError(flagsmith.updateEnvironment());
        await settle();
        const startedAt = clock.now();
        expect(await clock.run(read(createRequest()))).toBe(value);
        expect(clock.now() - startedAt).toBeLessThan(1001);
        expect((await clock.run(update)).code).toMatch(/^API_/);
        await flagsmith.close();
      },
    );

    it("bootstrap answers while the API hangs, and ready({ fresh: true }) waits for it", async () => {
      const { clock, read, flagsmith } = createClient(combination, hang, {
        bootstrap: Promise.resolve(JSON.stringify(environmentDocument("bootstrap"))),
        waitUntil: () => undefined,
      });
      expect(await read()).toBe("bootstrap");
      const ready = flagsmith.ready({ fresh: true, timeoutSeconds: 3 });
      expect((await catchError(clock.run(ready))).code).toBe("API_TIMEOUT");
      await flagsmith.close();
    });

    it("a bootstrap document that cannot be read is logged and not used", async () => {
      const { clock, read, flagsmith } = createClient(combination, () => documentResponse("api"), {
        bootstrap: Promise.reject(new Error("no file")),
      });
      expect(await clock.run(read())).toBe("api");
      await flagsmith.close();
    });

    it("ready({ fresh: true }) loads although the storage has a young document", async () => {
      const { clock, read, flagsmith, platform } = createClient(
        combination,
        () => documentResponse("api"),
        {
          storage: storageWith(1000),
        },
      );
      expect(await read()).toBe("stored");
      await clock.run(flagsmith.ready({ fresh: true }));
      expect(await read()).toBe("api");
      // The API has confirmed the document.
      await flagsmith.ready({ fresh: true });
      expect(platform.requests).toHaveLength(1);
      await flagsmith.close();
    });
  },
);

/** A reproducible sequence of numbers from 0 to 1 (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs random events against one client and checks what always holds. */
async function runRandomly(combination: (typeof combinations)[number], seed: number) {
  const random = createRandom(seed);
  let version = 0;
  let fault = "none";
  const answer: Responder = async (request) => {
    if (fault === "hang") return hang(request);
    if (fault !== "none") return status(Number(fault));
    const date = new Date(Date.UTC(2025, 0, 1) + version * 1000).toISOString();
    const document = environmentDocument(version, { updated_at: date });
    await clock.sleep(random() * 300);
    return json(document);
  };
  const memory = random() < 0.5 ? storageWith(random() * 10 * minute) : undefined;
  let isStorageHanging = false;
  const lateReads: (() => void)[] = [];
  const getItem = async (key: string) => {
    const found = await memory?.getItem(key);
    if (isStorageHanging) await new Promise<void>((resolve) => void lateReads.push(resolve));
    return found;
  };
  const { clock, read, flagsmith } = createClient(combination, answer, {
    ...(memory && { storage: { getItem, setItem: memory.setItem } }),
    ...(random() < 0.5 && { waitUntil: () => undefined }),
    defaultFlagHandler: () => ({ enabled: false, value: "default" }),
  });
  let newest = -1;
  for (let step = 0; step < 40; step++) {
    const choice = random();
    if (choice < 0.15) version++;
    else if (choice < 0.3)
      fault = ["none", "none", "hang", "403", "503"][Math.floor(random() * 5)] ?? "none";
    else if (choice < 0.35) {
      isStorageHanging = !isStorageHanging;
      // Reads that hung respond with what was stored when they began.
      for (const respond of lateReads.splice(0)) respond();
    } else if (choice < 0.4) clock.freeze(random() * 10 * minute);
    else if (choice < 0.6) await clock.advance(random() * 2 * minute);
    else if (choice < 0.7) await clock.run(flagsmith.updateEnvironment().catch(() => undefined));
    else {
      const startedAt = clock.now();
      const value = await clock.run(read());
      // Only the first load is worth a longer wait than for a refresh and the storage.
      const maxMs = newest < 0 ? 26_000 : 10_000;
      expect(clock.now() - startedAt).toBeLessThanOrEqual(maxMs);
      if (typeof value !== "number") continue;
      expect(value).toBeGreaterThanOrEqual(newest);
      newest = value;
    }
    await settle();
  }
  // After every outage the client becomes current again.
  fault = "none";
  isStorageHanging = false;
  version++;
  for (let count = 0; count < 10; count++) {
    await clock.advance(minute);
    await clock.run(read());
  }
  expect(await clock.run(read())).toBe(version);
  await flagsmith.close();
  await clock.advance(30_000);
  expect(clock.pending).toBe(0);
}

it.each(combinations)(
  "random events leave the document current and never older (%o)",
  async (combination) => {
    for (let seed = 1; seed <= 12; seed++) await runRandomly(combination, seed);
  },
);
