import { type EnvironmentSnapshot, type Flags, Flagsmith } from "@flagsmith-isomorphic/node";
import { writeEnvironmentDocument } from "../../workload/environment-document.ts";
import type { Answer, Identity, Workload } from "../../workload/workload.ts";
import type { Client, Contender, FlagAnswer, Question } from "../contender.ts";
import { ServedDocument } from "../served-document.ts";

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
  const update = async (text: string) => {
    document.put(text);
    await flagsmith.updateEnvironment();
    if (failure !== null) throw failure;
  };
  await update(configuration);
  return { flagsmith, update };
}

async function loadOurs(configuration: string): Promise<Client> {
  const { flagsmith, update } = await open(configuration);
  return {
    prepare: (identity) => identity,
    evaluate: (subject) => {
      const { identifier, traits } = subject as Identity;
      return flagsmith.getIdentityFlags(identifier, traits);
    },
    ask: (flags, question) => answerOf(flags as Flags, question),
    askAll: (flags) => (flags as Flags).allFlags().length,
    inspect: (flags) => inspect(flags as Flags),
    refresh: update,
    close: () => {
      void flagsmith.close();
    },
  };
}

async function loadOursSnapshot(configuration: string): Promise<Client> {
  const { flagsmith, update } = await open(configuration);
  let snapshot: EnvironmentSnapshot = await flagsmith.getSnapshot();
  const flagsOf = ({ identifier, traits }: Identity) => snapshot.identityFlags(identifier, traits);
  return {
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
  return flags.getFeatureValue(flag) as Answer;
}

function inspect(flags: Flags): ReadonlyMap<string, FlagAnswer> {
  const all = flags.allFlags();
  return new Map(all.map(({ featureName, enabled, value }) => [featureName, { enabled, value }]));
}
