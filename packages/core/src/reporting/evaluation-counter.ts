import type { WaitUntil } from "../platform/platform.ts";
import type { Delivery, Queue } from "./delivery.ts";

/** Limits the memory. No environment has as many features. */
const maxNames = 10_000;

/** Counts the evaluations of each feature and reports them to Flagsmith. */
export class EvaluationCounter implements Queue<ReadonlyMap<string, number>> {
  readonly delivery: Delivery<ReadonlyMap<string, number>>;
  #counts = new Map<string, number>();
  #total = 0;

  constructor(
    createDelivery: (
      queue: Queue<ReadonlyMap<string, number>>,
    ) => Delivery<ReadonlyMap<string, number>>,
  ) {
    this.delivery = createDelivery(this);
  }

  /** Counts one evaluation of a feature. */
  count(featureName: string, waitUntil: WaitUntil | undefined): void {
    const { delivery } = this;
    const isKnown = this.#counts.has(featureName);
    if (isKnown || delivery.capacity(maxNames - this.#counts.size) > 0) this.#add(featureName, 1);
    else delivery.drop(1);
    delivery.onQueued(waitUntil);
  }

  size(): number {
    return this.#total;
  }

  takeBatch(): ReadonlyMap<string, number> {
    const batch = this.#counts;
    this.#counts = new Map();
    this.#total = 0;
    return batch;
  }

  requeue(batch: ReadonlyMap<string, number>): number {
    let dropped = 0;
    for (const [featureName, count] of batch) {
      const hasRoom = this.#counts.has(featureName) || this.#counts.size < maxNames;
      if (hasRoom) this.#add(featureName, count);
      else dropped += count;
    }
    return dropped;
  }

  #add(featureName: string, count: number): void {
    this.#counts.set(featureName, (this.#counts.get(featureName) ?? 0) + count);
    this.#total += count;
  }
}
