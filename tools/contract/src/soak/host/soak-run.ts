import { setTimeout as wait } from "node:timers/promises";

/** Duration and random seed of a soak. */
export interface SoakPlan {
  readonly seconds: number;
  readonly seed: number;
}

/** Smallest progress that the checks need. */
const minProgress = { heapSamples: 12, versions: 3, faults: 1 };

/** Extra time to make progress on a slow machine: an upper bound against hanging. */
const maxExtraMs = 120_000;

/** Time in which every client uses the last change. Without faults, this takes a few seconds. */
const maxLateMs = 20_000;

const stepMs = 50;

/**
 * Returns whether a run has made the progress that the checks need. `versions` is the largest number of document
 * versions that one client has used.
 */
export function hasMinProgress({ heapSamples, versions, faults }: typeof minProgress): boolean {
  return (
    heapSamples >= minProgress.heapSamples &&
    versions >= minProgress.versions &&
    faults >= minProgress.faults
  );
}

/**
 * A soak on one runtime. Callbacks and background tasks report their errors to it. The first error ends the
 * soak: the next wait throws it.
 */
export class SoakRun {
  readonly plan: SoakPlan;
  readonly #failed = new AbortController();

  constructor(plan: SoakPlan) {
    this.plan = plan;
  }

  /** Time between two heap samples, in milliseconds. */
  get sampleMs(): number {
    return Math.min(2000, (this.plan.seconds * 1000) / 16);
  }

  get hasFailed(): boolean {
    return this.#failed.signal.aborted;
  }

  /** The first error, with its stack. Empty before an error. */
  get failure(): string {
    const { aborted, reason } = this.#failed.signal;
    if (!aborted) return "";
    return reason instanceof Error ? `${reason.stack}` : String(reason);
  }

  /** Ends the soak with this error, unless an earlier one has. */
  readonly fail = (error: unknown): void => this.#failed.abort(error);

  /** @throws the first error that was reported. */
  throwIfFailed(): void {
    this.#failed.signal.throwIfAborted();
  }

  /** Wraps a callback so that an error in it ends the soak instead of the process. */
  guard<Args extends readonly unknown[]>(
    callback: (...args: Args) => void,
  ): (...args: Args) => void {
    return (...args) => {
      try {
        callback(...args);
      } catch (error) {
        this.fail(error);
      }
    };
  }

  /** @throws the first error that was reported. */
  async wait(ms: number): Promise<void> {
    await wait(ms);
    this.throwIfFailed();
  }

  /**
   * Waits until a condition is true. Returns whether it was true within `maxMs`, which is counted in steps: a
   * machine that stalls takes as many steps as any other.
   *
   * @throws the first error that was reported.
   */
  async waitUntil(isTrue: () => boolean, maxMs: number): Promise<boolean> {
    for (let step = 0; step * stepMs < maxMs; step++) {
      if (isTrue()) return true;
      await this.wait(stepMs);
    }
    return isTrue();
  }

  /**
   * Creates a function that returns whether the faults may end: after the planned time, which starts now, and
   * enough progress. Without progress they end two minutes later, and checks fail.
   */
  startFaults(): (hasProgress: boolean) => boolean {
    const startedAt = performance.now();
    const plannedMs = this.plan.seconds * 1000;
    return (hasProgress) =>
      performance.now() - startedAt >= plannedMs + (hasProgress ? 0 : maxExtraMs);
  }

  /** Waits until all clients use the last version. Returns a message for each that does not. */
  async findLateClients(
    clients: readonly string[],
    last: number,
    readNewest: (client: string) => number | undefined,
  ): Promise<string[]> {
    const isLate = (client: string) => readNewest(client) !== last;
    await this.waitUntil(() => !clients.some(isLate), maxLateMs);
    return clients
      .filter(isLate)
      .map((client) => `${client}: version ${readNewest(client)} of ${last}`);
  }
}
