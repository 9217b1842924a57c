import type { WaitUntil } from "../ports/platform.ts";
import { type Collection, Delivery, type DeliveryContext } from "./delivery.ts";

/** How often each feature was evaluated. */
export type EvaluationCounts = ReadonlyMap<string, number>;

/** What {@link createFeatureAnalytics} needs of the client. */
export type FeatureAnalyticsContext = Omit<
  DeliveryContext<EvaluationCounts>,
  "what" | "collection"
>;

/** Counts evaluations and reports them to Flagsmith. */
export interface FeatureAnalytics {
  readonly count: (featureName: string, waitUntil: WaitUntil | undefined) => void;
  readonly delivery: Delivery<EvaluationCounts>;
}

/** More names than an environment has features: a server that makes some up must not fill the memory. */
const maxNames = 10_000;

/** Makes the counter of one client. */
export function createFeatureAnalytics(context: FeatureAnalyticsContext): FeatureAnalytics {
  let counts = new Map<string, number>();
  let total = 0;

  /** How many there was no room for. */
  function add(featureName: string, count: number): number {
    const known = counts.get(featureName);
    if (known === undefined && counts.size >= maxNames) return count;
    counts.set(featureName, (known ?? 0) + count);
    total += count;
    return 0;
  }

  const collection: Collection<EvaluationCounts> = {
    size: () => total,
    take: () => {
      const taken = counts;
      counts = new Map();
      total = 0;
      return taken;
    },
    putBack: (batch) => {
      let lost = 0;
      for (const [featureName, count] of batch) lost += add(featureName, count);
      return lost;
    },
  };
  const delivery = new Delivery({ ...context, what: "Feature analytics", collection });

  return {
    delivery,
    count: (featureName, waitUntil) => {
      delivery.drop(delivery.isClosed ? 1 : add(featureName, 1));
      if (total > 0) delivery.collected(waitUntil);
    },
  };
}
