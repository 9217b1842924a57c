import type { WaitUntil } from "../platform/platform.ts";
import type { Collection, CollectorContext, Delivery } from "./delivery.ts";

/** How often each feature was evaluated. */
export type EvaluationCounts = ReadonlyMap<string, number>;

/** What {@link createFeatureAnalytics} needs of the client. */
export type FeatureAnalyticsContext = CollectorContext<EvaluationCounts>;

/** Counts evaluations and reports them to Flagsmith. */
export interface FeatureAnalytics {
  readonly count: (featureName: string, waitUntil: WaitUntil | undefined) => void;
  readonly delivery: Delivery;
}

/** More names than an environment has features: a server that makes some up must not fill the memory. */
const maxNames = 10_000;

/** Makes the counter of one client. */
export function createFeatureAnalytics({
  createDelivery,
  ...context
}: FeatureAnalyticsContext): FeatureAnalytics {
  let counts = new Map<string, number>();
  let total = 0;

  function add(featureName: string, count: number): void {
    counts.set(featureName, (counts.get(featureName) ?? 0) + count);
    total += count;
  }

  const collection: Collection<EvaluationCounts> = {
    size: () => total,
    take: () => {
      const batch = counts;
      counts = new Map();
      total = 0;
      return batch;
    },
    putBack: (batch) => {
      let dropped = 0;
      for (const [featureName, count] of batch) {
        if (counts.has(featureName) || counts.size < maxNames) add(featureName, count);
        else dropped += count;
      }
      return dropped;
    },
  };
  const delivery = createDelivery({ ...context, what: "Feature analytics", collection });

  return {
    delivery,
    count: (featureName, waitUntil) => {
      const hasRoom = counts.has(featureName) || delivery.left(maxNames - counts.size) > 0;
      if (hasRoom) add(featureName, 1);
      else delivery.drop(1);
      delivery.collected(waitUntil);
    },
  };
}
