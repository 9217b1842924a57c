import { FlagsmithAPIError } from "../../src/errors.ts";
import type { Call } from "../../src/http/call.ts";
import type { WaitUntil } from "../../src/platform/platform.ts";
import { backgroundDelivery } from "../../src/reporting/background-delivery.ts";
import type {
  CreateDelivery,
  DeliveryCounts,
  DeliveryOptions,
} from "../../src/reporting/delivery.ts";
import { FakeClock, recordingLogger } from "../fake-platform.ts";

export const timeoutMs = 10_000;

/** One attempt, ended by the test. */
export interface FakeAttempt {
  readonly batch: readonly string[];
  readonly call: Call;
  /** Milliseconds since the clock began. */
  readonly at: number;
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

interface TextBatch {
  readonly texts: readonly string[];
  readonly size: number;
}

/** A delivery of texts, in the background by default. */
export function fakeDelivery({
  createDelivery = backgroundDelivery,
  ...more
}: Partial<DeliveryOptions<TextBatch>> & { readonly createDelivery?: CreateDelivery } = {}) {
  const clock = new FakeClock();
  const startedAt = clock.now();
  const logger = recordingLogger();
  const attempts: FakeAttempt[] = [];
  let queued: readonly string[] = [];
  const delivery = createDelivery<TextBatch>({
    kind: "Texts",
    itemName: "text",
    queue: {
      size: () => queued.length,
      takeBatch: () => {
        const batch = { texts: queued, size: queued.length };
        queued = [];
        return batch;
      },
      requeue: ({ texts }) => {
        queued = [...texts, ...queued];
        return 0;
      },
    },
    send: ({ texts: batch }, call) =>
      new Promise<void>((succeed, fail) => {
        attempts.push({ batch, call, at: clock.now() - startedAt, succeed, fail });
      }),
    timers: clock,
    logger,
    timeoutMs,
    onExit: undefined,
    ...more,
  });
  const add = (waitUntil?: WaitUntil, isFull?: boolean) => {
    queued = [...queued, `text ${queued.length}`];
    delivery.onQueued(waitUntil, isFull);
  };
  /** Adds a text that fills the queue. */
  const fill = (waitUntil?: WaitUntil) => add(waitUntil, true);
  /** The last attempt that was started. */
  const last = () => {
    const attempt = attempts.at(-1);
    if (attempt === undefined) throw new Error("No attempt was made.");
    return attempt;
  };
  /** Flushes, and ends the attempt with this error. */
  const flushInto = async (error: unknown) => {
    const flushed = delivery.flush();
    last().fail(error);
    await flushed;
  };
  return { clock, logger, attempts, delivery, add, fill, last, flushInto };
}

/** Counts that are zero, except for those given. */
export function counts(more: Partial<DeliveryCounts>): DeliveryCounts {
  return { accepted: 0, pending: 0, dropped: 0, unconfirmed: 0, ...more };
}

/** The error of an API that answers with this status. */
export function statusError(status: number, retryAfterMs?: number): FlagsmithAPIError {
  return new FlagsmithAPIError("API_STATUS", `status ${status}.`, { status, retryAfterMs });
}

/** A request whose background work can be awaited. */
export function request() {
  const work: Promise<unknown>[] = [];
  return { work, waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
}

/** A process whose exit the test decides: `tasks` are those that wait for it. */
export function fakeExit() {
  const tasks = new Set<() => void>();
  let registered = 0;
  const onExit = (task: () => void) => {
    registered++;
    tasks.add(task);
    return () => void tasks.delete(task);
  };
  const exit = () => {
    const due = [...tasks];
    tasks.clear();
    for (const task of due) task();
  };
  return { tasks, onExit, exit, registered: () => registered };
}
