import { type Flags, Flagsmith, type FlagsmithConfig } from "flagsmith-nodejs";
import { writeEnvironmentDocument } from "../workload/environment-document.ts";
import type { Identity, Workload } from "../workload/workload.ts";
import type { Client, Contender, FlagAnswer, Question } from "./contender.ts";

/** The official Node.js client: the one that every ratio is taken against. */
export const official: Contender = {
  agreesOn: "every flag",
  configure: (workload: Workload) => writeEnvironmentDocument(workload),
  load: loadOfficial,
};

async function loadOfficial(configuration: string): Promise<Client> {
  let document = configuration;
  let failure: Error | null = null;
  const flagsmith = new Flagsmith({
    environmentKey: "ser.bench",
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: 86_400,
    fetch: async () => new Response(document),
    onEnvironmentChange: (error) => {
      failure = error;
    },
  } satisfies FlagsmithConfig);
  const update = async () => {
    await flagsmith.updateEnvironment();
    if (failure !== null) throw failure;
  };
  await update();
  return {
    asks: "async",
    asksAll: "async",
    prepare: (identity) => identity,
    ask: (subject, question) => ask(flagsmith, subject as Identity, question),
    askAll: (subject) => askAll(flagsmith, subject as Identity),
    inspect: (subject) => inspect(flagsmith, subject as Identity),
    refresh: async (text) => {
      document = text;
      await update();
    },
    close: () => {
      void flagsmith.close();
    },
  };
}

async function ask(flagsmith: Flagsmith, { identifier, traits }: Identity, question: Question) {
  const flags = await flagsmith.getIdentityFlags(identifier, traits);
  return answerOf(flags, question);
}

function answerOf(flags: Flags, { flag, kind }: Question) {
  if (kind === "toggle") return flags.isFeatureEnabled(flag);
  return (flags.getFeatureValue(flag) ?? null) as string | null;
}

async function askAll(flagsmith: Flagsmith, { identifier, traits }: Identity): Promise<number> {
  return (await flagsmith.getIdentityFlags(identifier, traits)).allFlags().length;
}

async function inspect(
  flagsmith: Flagsmith,
  { identifier, traits }: Identity,
): Promise<ReadonlyMap<string, FlagAnswer>> {
  const flags = (await flagsmith.getIdentityFlags(identifier, traits)).allFlags();
  return new Map(flags.map(({ featureName, enabled, value }) => [featureName, { enabled, value }]));
}
