import type { FlagEvaluation } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { type ClientOptions, createClient } from "../client.ts";
import { createMemoryStorage, until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

/** The option `onFlagEvaluated`. */
export const evaluationHookCases: readonly ContractCase[] = [
  {
    name: "hook: onFlagEvaluated gets the source of each flag, and may throw",
    async run(context) {
      const evaluations: FlagEvaluation[] = [];
      const onFlagEvaluated = (evaluation: FlagEvaluation) => {
        evaluations.push(evaluation);
        throw new Error("the hook's own error");
      };
      const evaluate = async (options: ClientOptions, feature = "max_items") => {
        const client = createClient(context, { onFlagEvaluated, ...options });
        (await client.getIdentityFlags("user-1")).getFeatureValue(feature);
      };
      const entries = new Map<string, unknown>();
      const cache = {
        get: (key: string) => entries.get(key),
        set: (key: string, value: unknown) => void entries.set(key, value),
      };
      await evaluate({ cache });
      await evaluate({ cache });
      const storage = createMemoryStorage();
      await evaluate({ enableLocalEvaluation: true, storage });
      // The document is written in the background.
      await until(async () => storage.values.size > 0);
      await evaluate({ enableLocalEvaluation: true, storage });
      const document = await context.api.control.document();
      const offlineHandler = { getEnvironment: () => document };
      await evaluate({ offlineMode: true, offlineHandler });
      await evaluate({}, "made_up");
      expect(evaluations.map(({ source }) => source)).to.deep.equal([
        "remote",
        "cache",
        "local",
        "storage",
        "offline",
        "default",
      ]);
      const [{ durationMs, featureId, ...rest } = { durationMs: Number.NaN, featureId: 0 }] =
        evaluations;
      expect(featureId).to.be.a("number");
      expect(rest).to.deep.equal({
        featureName: "max_items",
        enabled: true,
        value: 25,
        reason: undefined,
        variant: null,
        identifier: "user-1",
        source: "remote",
        error: undefined,
        documentUpdatedAt: undefined,
        droppedTraits: [],
      });
      // Local evaluation knows the version of the document.
      expect(evaluations[2]?.documentUpdatedAt).to.equal(document.updated_at);
      if (durationMs !== undefined) expect(durationMs).to.be.above(0);
    },
  },
];
