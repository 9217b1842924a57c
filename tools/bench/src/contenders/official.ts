import { type Flags, Flagsmith } from "flagsmith-nodejs";
import { writeEnvironmentDocument } from "../workload/environment-document.ts";
import type { Answer, Identity, Workload } from "../workload/workload.ts";
import type { Client, Contender, FlagAnswer } from "./contender.ts";
import { ServedDocument } from "./served-document.ts";

/** The official Node.js client: the one that every ratio is taken against. */
export const official: Contender = {
  agreesOn: "every flag",
  configure: (workload: Workload) => writeEnvironmentDocument(workload),
  load: loadOfficial,
};

async function loadOfficial(configuration: string): Promise<Client> {
  const document = new ServedDocument(configuration);
  let failure: Error | null = null;
  const flagsmith = new Flagsmith({
    environmentKey: "ser.bench",
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: 86_400,
    fetch: document.fetch,
    onEnvironmentChange: (error) => {
      failure = error;
    },
  });
  const update = async () => {
    await flagsmith.updateEnvironment();
    if (failure !== null) throw failure;
  };
  await update();
  return {
    prepare: (identity) => identity,
    evaluate: (subject) => {
      const { identifier, traits } = subject as Identity;
      return flagsmith.getIdentityFlags(identifier, traits);
    },
    ask: (flags, { flag, kind }) =>
      kind === "toggle"
        ? (flags as Flags).isFeatureEnabled(flag)
        : ((flags as Flags).getFeatureValue(flag) as Answer),
    askAll: (flags) => (flags as Flags).allFlags().length,
    inspect: (flags) => inspect(flags as Flags),
    refresh: async (text) => {
      document.put(text);
      await update();
    },
    close: () => {
      void flagsmith.close();
    },
  };
}

function inspect(flags: Flags): ReadonlyMap<string, FlagAnswer> {
  const all = flags.allFlags();
  return new Map(all.map(({ featureName, enabled, value }) => [featureName, { enabled, value }]));
}
