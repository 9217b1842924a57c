import { environmentKey } from "./client.ts";
import type { Adapter } from "./contract.ts";

/** Setup that the host passes to a script whose process it stops between calls. */
export interface FrozenSetup {
  readonly apiUrl: string;
  readonly intervalSeconds: number;
  /** Pass a `waitUntil` to `forRequest()`. */
  readonly hasWaitUntil: boolean;
}

/** The first line that the script prints for a call. */
export interface FrozenAnswer {
  readonly value: unknown;
  /** How long the call waited, in milliseconds. */
  readonly waitMs: number;
  /** When the call was answered, in milliseconds since the epoch. */
  readonly answeredAt: number;
  /** The loads that have failed since the last one that succeeded. */
  readonly failures: number;
}

/** The second line that the script prints for a call. */
export interface FrozenEnd {
  /** The reports that were sent without a response, and are sent again. */
  readonly unconfirmed: number;
}

/**
 * Evaluates flags once for each line that it reads, as a function on a host that freezes processes does.
 *
 * Prints two lines for each: a {@link FrozenAnswer}, and a {@link FrozenEnd} once the work of its `waitUntil` is done.
 */
export async function answerCalls(
  { Flagsmith }: Pick<Adapter, "Flagsmith">,
  { apiUrl, intervalSeconds, hasWaitUntil }: FrozenSetup,
  calls: AsyncIterable<string>,
): Promise<void> {
  const flagsmith = new Flagsmith({
    environmentKey,
    apiUrl,
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: intervalSeconds,
    enableAnalytics: true,
    // Shorter than the freezes, and long enough for a busy machine.
    requestTimeoutSeconds: 2,
    logger: { warn: () => undefined, error: () => undefined },
  });
  for await (const _call of calls) {
    // On a busy machine the first load may need several attempts.
    while (flagsmith.currentSnapshot() === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const work: Promise<unknown>[] = [];
    const waitUntil = (promise: Promise<unknown>) => void work.push(promise);
    const scope = flagsmith.forRequest(hasWaitUntil ? { waitUntil } : undefined);
    const begin = performance.now();
    const value = (await scope.getEnvironmentFlags()).getFeatureValue("max_items");
    const waitMs = Math.round(performance.now() - begin);
    const failures = flagsmith.status().consecutiveFailures;
    print({ value, waitMs, answeredAt: Date.now(), failures } satisfies FrozenAnswer);
    await Promise.all(work);
    const { unconfirmed } = flagsmith.deliveryReport().analytics;
    print({ unconfirmed } satisfies FrozenEnd);
  }
  await flagsmith.close();
}

function print(line: object): void {
  console.log(JSON.stringify(line));
}
