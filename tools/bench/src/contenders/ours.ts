import { type Flags, Flagsmith, type Snapshot } from "@flagsmith-isomorphic/node";
import { writeEnvironmentDocument } from "../workload/environment-document.ts";
import type { Answer, Identity, Workload } from "../workload/workload.ts";
import type { Client, Contender, Question } from "./contender.ts";

/** Our client, asked as its users ask it: one `await` per question. */
export const ours: Contender = {
  agreesOn: "every flag",
  configure: (workload: Workload) => writeEnvironmentDocument(workload),
  load: loadOurs,
};

/** Our client, asked through a snapshot, without promises. */
export const oursSnapshot: Contender = {
  agreesOn: "every flag",
  configure: (workload: Workload) => writeEnvironmentDocument(workload),
  load: loadOursSnapshot,
};

interface Opened {
  readonly flagsmith: Flagsmith;
  /** Downloads another document. */
  readonly update: (text: string) => Promise<void>;
}

async function open(configuration: string): Promise<Opened> {
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
  });
  const update = async (text: string) => {
    document = text;
    await flagsmith.updateEnvironment();
    if (failure !== null) throw failure;
  };
  await update(configuration);
  return { flagsmith, update };
}

async function loadOurs(configuration: string): Promise<Client> {
  const { flagsmith, update } = await open(configuration);
  const flagsOf = ({ identifier, traits }: Identity) =>
    flagsmith.getIdentityFlags(identifier, traits);
  return {
    asks: "async",
    asksAll: "async",
    prepare: (identity) => identity,
    ask: async (subject, question) => answerOf(await flagsOf(subject as Identity), question),
    askAll: async (subject) => (await flagsOf(subject as Identity)).allFlags().length,
    inspect: async (subject) => inspect(await flagsOf(subject as Identity)),
    refresh: update,
    close: () => {
      void flagsmith.close();
    },
  };
}

async function loadOursSnapshot(configuration: string): Promise<Client> {
  const { flagsmith, update } = await open(configuration);
  let snapshot: Snapshot = await flagsmith.getSnapshot();
  const flagsOf = ({ identifier, traits }: Identity) => snapshot.identityFlags(identifier, traits);
  return {
    asks: "sync",
    asksAll: "sync",
    prepare: (identity) => identity,
    ask: (subject, question) => answerOf(flagsOf(subject as Identity), question),
    askAll: (subject) => flagsOf(subject as Identity).allFlags().length,
    inspect: (subject) => inspect(flagsOf(subject as Identity)),
    refresh: async (text) => {
      await update(text);
      snapshot = await flagsmith.getSnapshot();
    },
    close: () => {
      void flagsmith.close();
    },
  };
}

function answerOf(flags: Flags, { flag, kind }: Question): Answer {
  if (kind === "toggle") return flags.isFeatureEnabled(flag);
  return (flags.getFeatureValue(flag) ?? null) as string | null;
}

function inspect(flags: Flags) {
  return new Map(
    flags.allFlags().map(({ featureName, enabled, value }) => [featureName, { enabled, value }]),
  );
}
