import { FlagsmithAPIError, type FlagsmithAPIErrorOptions } from "../../src/errors.ts";
import type { Call } from "../../src/http/call.ts";
import type { WaitUntil } from "../../src/platform/platform.ts";
import { backgroundDelivery } from "../../src/reporting/background-delivery.ts";
import type { CreateDelivery, DeliveryContext } from "../../src/reporting/delivery.ts";
import { FakeClock, recordingLogger } from "../fake-platform.ts";

export const timeoutMs = 10_000;

/** One attempt, to be ended by the test. */
export interface Attempt {
  readonly batch: readonly string[];
  readonly call: Call;
  /** Milliseconds since the clock began. */
  readonly at: number;
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

interface Texts {
  readonly texts: readonly string[];
  readonly size: number;
}

/** A delivery of texts, in the background unless it is told otherwise. */
export function fakeDelivery({
  createDelivery = backgroundDelivery,
  ...more
}: Partial<DeliveryContext<Texts>> & { readonly createDelivery?: CreateDelivery } = {}) {
  const clock = new FakeClock();
  const startedAt = clock.now();
  const logger = recordingLogger();
  const attempts: Attempt[] = [];
  let waiting: readonly string[] = [];
  const delivery = createDelivery<Texts>({
    what: "Texts",
    collection: {
      size: () => waiting.length,
      take: () => {
        const batch = { texts: waiting, size: waiting.length };
        waiting = [];
        return batch;
      },
      putBack: ({ texts }) => {
        waiting = [...texts, ...waiting];
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
  const collect = (waitUntil: WaitUntil | undefined, isFull?: boolean) => {
    waiting = [...waiting, `text ${waiting.length}`];
    delivery.collected(waitUntil, isFull);
  };
  /** The attempt that was begun last. */
  const last = () => {
    const attempt = attempts.at(-1);
    if (attempt === undefined) throw new Error("Nothing was attempted.");
    return attempt;
  };
  return { clock, logger, attempts, delivery, collect, last };
}

/** The API's refusal. */
export function refusal(status: number, more: FlagsmithAPIErrorOptions = {}): FlagsmithAPIError {
  return new FlagsmithAPIError("API_STATUS", `status ${status}`, { status, ...more });
}

/** A request whose background work can be waited for. */
export function request() {
  const work: Promise<unknown>[] = [];
  return { work, waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
}
