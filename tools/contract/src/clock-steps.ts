import { createRetryPolicy, environmentKey } from "./client.ts";
import { createMemoryStorage, pause } from "./conditions.ts";
import type { Adapter } from "./contract.ts";

/** Setup that the host passes to a script whose system clock is set while it works. */
export interface ClockStepSetup {
  readonly apiUrl: string;
  /** By how much the clock is set, in milliseconds. */
  readonly stepMs: number;
  /** A file from which the process reads the offset of its system clock. */
  readonly clockFile: string;
}

/** A line that the script prints while it works: what a client with local evaluation returned. */
export interface ClockStepSample {
  readonly client: string;
  readonly value: unknown;
}

/** The last line that the script prints. Durations are in milliseconds of the monotonic clock. */
export interface ClockStepResult {
  /** By how much the clock was set. */
  readonly steppedMs: number;
  readonly hangingCode: unknown;
  readonly hangingMs: number;
  readonly retriedValue: unknown;
  readonly retriedMs: number;
  readonly reports: unknown;
}

/** Limits of a call that gets no response. */
export const hangingLimits = { requestTimeoutSeconds: 1, requestDeadlineSeconds: 2 } as const;

const intervalSeconds = 1;

/** Sets the system clock during a call, a wait for a retry, polls, a failed flush and the lease of a storage. */
export async function stepClock(
  { Flagsmith }: Pick<Adapter, "Flagsmith">,
  { apiUrl, stepMs }: ClockStepSetup,
  setClock: (offsetMs: number) => void,
): Promise<void> {
  const logger = { warn: () => undefined, error: () => undefined };
  const options = { environmentKey, apiUrl, logger };
  const polling = {
    ...options,
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: intervalSeconds,
  };
  const storage = createMemoryStorage();
  const clients = {
    poll: new Flagsmith({ ...polling, enableAnalytics: true }),
    "lease, one": new Flagsmith({ ...polling, storage }),
    "lease, other": new Flagsmith({ ...polling, storage }),
  };
  await Promise.all(Object.values(clients).map((client) => client.ready()));
  (await clients.poll.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
  // Fails with a Retry-After of one second.
  await clients.poll.flush();
  const flushedAt = performance.now();
  const remote = new Flagsmith({ ...options, ...hangingLimits, retries: createRetryPolicy(5) });
  const hanging = measure(() => remote.getIdentityFlags("user-42"));
  const retrying = new Flagsmith({ ...options, retries: createRetryPolicy(1) });
  const retried = measure(async () =>
    (await retrying.getEnvironmentFlags()).getFeatureValue("max_items"),
  );
  await pause(300);
  const before = Date.now() - performance.now();
  setClock(stepMs);
  const steppedMs = Math.round(Date.now() - performance.now() - before);
  await pause(flushedAt + 1100 - performance.now());
  await clients.poll.flush();
  const reports = clients.poll.deliveryReport().analytics;
  for (let sample = 0; sample < 8; sample++) {
    await pause(500);
    for (const [client, flagsmith] of Object.entries(clients)) {
      const value = (await flagsmith.getEnvironmentFlags()).getFeatureValue("max_items");
      print({ client, value } satisfies ClockStepSample);
    }
  }
  const [hung, answer] = await Promise.all([hanging, retried]);
  print({
    steppedMs,
    hangingCode: Object(hung.result).code,
    hangingMs: hung.ms,
    retriedValue: answer.result,
    retriedMs: answer.ms,
    reports,
  } satisfies ClockStepResult);
  await Promise.all(Object.values(clients).map((client) => client.close()));
}

/** Resolves to the result, or to the reason of the rejection, and the time until then. */
async function measure(call: () => Promise<unknown>) {
  const begin = performance.now();
  const result = await call().catch((error: unknown) => error);
  return { result, ms: Math.round(performance.now() - begin) };
}

function print(line: object): void {
  console.log(JSON.stringify(line));
}
