import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createWebhookHandler, type EnvironmentSnapshot, signWebhookBody } from "../src/index.ts";
import { WebhookReloads } from "../src/webhook-reloads.ts";

const before = "2026-01-01T11:00:00.000000+00:00";
const change = "2026-01-01T12:00:00.500000Z";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** A document that the API returns: its date, and whether it differs from the one in memory. */
interface Load {
  readonly date?: string | undefined;
  readonly isChanged?: boolean;
}

const changed: Load = { date: change, isChanged: true };

/**
 * Creates a client of an API that returns these documents in turn, and then the last one unchanged.
 *
 * @param respond - called with the number of each load, before its response.
 */
function createFlagsmith(loads: readonly Load[], respond = async (_number: number) => {}) {
  const startedAt = performance.now();
  const starts: number[] = [];
  let date: string | undefined = before;
  const flagsmith = {
    updateEnvironment: async () => {
      const number = starts.push(Math.round(performance.now() - startedAt));
      await respond(number);
      const load = loads[number - 1];
      if (load !== undefined && "date" in load) date = load.date;
      return load?.isChanged ?? false;
    },
    currentSnapshot: () => ({ updatedAt: date }) as EnvironmentSnapshot,
  };
  return { starts, flagsmith, reloads: new WebhookReloads(flagsmith) };
}

/** Handles a webhook as the handler does, with a change at this time. */
function receive(reloads: WebhookReloads, changedAt: string = "unknown") {
  const arrival = reloads.arrive();
  const isLoaded = reloads.reload(arrival);
  const background = async () => {
    if (await isLoaded) await reloads.reloadUntilChanged(arrival, Date.parse(changedAt));
  };
  return { isLoaded, work: background() };
}

/** Advances the clock until the webhooks are handled. Returns whether each was loaded. */
async function finish(webhooks: readonly ReturnType<typeof receive>[]): Promise<boolean[]> {
  await vi.advanceTimersByTimeAsync(30_000);
  await Promise.all(webhooks.map(({ work }) => work));
  return Promise.all(webhooks.map(({ isLoaded }) => isLoaded));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe("a webhook after which the document", () => {
  it("has changed causes one load", async () => {
    const { reloads, starts } = createFlagsmith([changed]);
    expect(await finish([receive(reloads, change)])).toEqual([true]);
    expect(starts).toEqual([0]);
  });

  it.each(["unknown", before, "2025-12-31T00:00:00Z"])(
    "has not changed causes a load after 2 s and another after 5 s (change at %s)",
    async (changedAt) => {
      const { reloads, starts } = createFlagsmith([]);
      await finish([receive(reloads, changedAt)]);
      expect(starts).toEqual([0, 2000, 7000]);
    },
  );

  it("has changed with the second load causes no third", async () => {
    const { reloads, starts } = createFlagsmith([{}, changed]);
    await finish([receive(reloads)]);
    expect(starts).toEqual([0, 2000]);
  });

  it("has changed, but is older than the webhook says, causes up to three more", async () => {
    const { reloads, starts } = createFlagsmith([{ date: before, isChanged: true }]);
    await finish([receive(reloads, change)]);
    expect(starts).toEqual([0, 2000, 7000, 17_000]);
  });

  it("has changed and has no date causes one load", async () => {
    const { reloads, starts } = createFlagsmith([{ date: undefined, isChanged: true }]);
    await finish([receive(reloads, change)]);
    expect(starts).toEqual([0]);
  });

  it("could not be loaded a second time is loaded a third time", async () => {
    const { reloads, starts } = createFlagsmith([], async (number) => {
      if (number === 2) throw new Error("down");
    });
    expect(await finish([receive(reloads)])).toEqual([true]);
    expect(starts).toEqual([0, 2000, 7000]);
  });

  it("could not be loaded at all causes no further loads", async () => {
    const { reloads, starts } = createFlagsmith([], () => Promise.reject(new Error("down")));
    expect(await finish([receive(reloads)])).toEqual([false]);
    expect(starts).toEqual([0]);
  });
});

describe("several webhooks", () => {
  it("at once cause two loads, and see the change of the first", async () => {
    const { reloads, starts } = createFlagsmith([changed], () => sleep(300));
    const webhooks = Array.from({ length: 100 }, () => receive(reloads, change));
    expect(await finish(webhooks)).toEqual(Array(100).fill(true));
    expect(starts).toEqual([0, 1000]);
  });

  it("at once share the further loads of an unchanged document", async () => {
    const { reloads, starts } = createFlagsmith([], () => sleep(300));
    expect(await finish(Array.from({ length: 100 }, () => receive(reloads)))).toContain(true);
    // Each waits from the end of its own load on.
    expect(starts).toEqual([0, 1000, 2300, 3300, 7600]);
  });

  it("over ten seconds cause at most one load per second", async () => {
    const { reloads, starts } = createFlagsmith([changed]);
    const webhooks = [];
    for (let count = 0; count < 100; count++) {
      webhooks.push(receive(reloads));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(await finish(webhooks)).toEqual(Array(100).fill(true));
    for (const [index, start] of starts.slice(1).entries()) {
      expect(start - (starts[index] ?? 0)).toBeGreaterThanOrEqual(1000);
    }
    expect(starts.at(-1)).toBeLessThan(19_000);
  });

  it("each wait for a load that started after their arrival", async () => {
    const { reloads, starts } = createFlagsmith([changed], () => sleep(400));
    const first = receive(reloads);
    await vi.advanceTimersByTimeAsync(200);
    const second = receive(reloads);
    const onLoaded = vi.fn();
    void second.isLoaded.then(onLoaded);
    await vi.advanceTimersByTimeAsync(1150);
    expect(await first.isLoaded).toBe(true);
    expect(onLoaded).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(onLoaded).toHaveBeenCalledTimes(1);
    expect(starts).toEqual([0, 1000]);
  });

  it("get the result of their own load if an earlier one fails", async () => {
    const { reloads, starts } = createFlagsmith([{}, changed], async (number) => {
      await sleep(300);
      if (number === 1) throw new Error("down");
    });
    const first = receive(reloads);
    await vi.advanceTimersByTimeAsync(100);
    expect(await finish([first, receive(reloads)])).toEqual([false, true]);
    expect(starts).toEqual([0, 1000]);
  });

  it("do not wait for a load that was cancelled with its request", async () => {
    const cancelled = new Promise<void>(() => undefined);
    const { reloads, starts } = createFlagsmith([{}, changed], (number) =>
      number === 1 ? cancelled : Promise.resolve(),
    );
    receive(reloads);
    await vi.advanceTimersByTimeAsync(100);
    expect(await finish([receive(reloads)])).toEqual([true]);
    expect(starts).toEqual([0, 10_000]);
  });

  it("get the result of the latest load if an earlier one fails after it", async () => {
    const { reloads, starts } = createFlagsmith([{}, changed], async (number) => {
      await sleep(number === 1 ? 10_030 : 10);
      if (number === 1) throw new Error("down");
    });
    receive(reloads);
    await vi.advanceTimersByTimeAsync(100);
    // The first of these loads after 10 s, and the second sees the result 50 ms later.
    expect(await finish([receive(reloads), receive(reloads)])).toEqual([true, true]);
    expect(starts).toEqual([0, 10_000]);
  });
});

it("handlers that are created for each request share the loads of their client", async () => {
  const { flagsmith, starts } = createFlagsmith([changed], () => sleep(300));
  const secret = "edge-webhook-secret";
  const headers = { "X-Flagsmith-Signature": await signWebhookBody("{}", secret) };
  const statuses = Array.from({ length: 10 }, async () => {
    const request = new Request("https://app.example/", { method: "POST", body: "{}", headers });
    return (await createWebhookHandler({ flagsmith, secret })(request)).status;
  });
  const all = Promise.all(statuses);
  await vi.waitFor(() => expect(starts).toHaveLength(1));
  // Signatures are verified in another thread.
  for (let count = 0; count < 100; count++) {
    await crypto.subtle.digest("SHA-256", new Uint8Array());
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(await all).toEqual(Array(10).fill(204));
  expect(starts).toHaveLength(1);
});
