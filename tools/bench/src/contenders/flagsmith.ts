import type { Flagsmith } from "@flagsmith-isomorphic/node";
import { writeEnvironmentDocument } from "../workload/environment-document.ts";
import type { Identity } from "../workload/workload.ts";
import type { BenchClient, Contender } from "./contender.ts";

/** Members that the official client and this SDK share. */
interface FlagsmithClient {
  getIdentityFlags(identifier: string, traits: Identity["traits"]): Promise<FlagsmithFlags>;
  updateEnvironment(): Promise<unknown>;
}

interface FlagsmithFlags {
  isFeatureEnabled(name: string): boolean;
  getFeatureValue(name: string): unknown;
  allFlags(): readonly {
    readonly featureName: string;
    readonly enabled: boolean;
    readonly value?: unknown;
  }[];
}

type FlagsmithConstructor<Client> = new (options: {
  environmentKey: string;
  enableLocalEvaluation: true;
  environmentRefreshIntervalSeconds: number;
  fetch: () => Promise<Response>;
  onEnvironmentChange?: (error: Error | null) => void;
}) => Client;

/**
 * Adapts a Flagsmith client. Each call awaits the flags of an identity.
 *
 * @param throwsFailures - whether `updateEnvironment()` throws, as in this SDK. Otherwise a callback receives the failure.
 */
export function adaptFlagsmith(
  Client: FlagsmithConstructor<FlagsmithClient>,
  throwsFailures: boolean,
): Contender {
  return {
    ...flagsmithFormat,
    open: async (configuration): Promise<BenchClient<Identity, FlagsmithFlags>> => {
      const { flagsmith, refresh } = await start(Client, configuration, throwsFailures);
      return {
        ...readers,
        prepare: (identity) => identity,
        evaluate: ({ identifier, traits }) => flagsmith.getIdentityFlags(identifier, traits),
        refresh,
      };
    },
  };
}

/** Adapts the snapshots of this SDK, which evaluate without a promise. */
export function adaptSnapshots(Client: FlagsmithConstructor<Flagsmith>): Contender {
  return {
    ...flagsmithFormat,
    open: async (configuration): Promise<BenchClient<Identity>> => {
      const { flagsmith, refresh } = await start(Client, configuration, true);
      let snapshot = await flagsmith.getSnapshot();
      const evaluate = ({ identifier, traits }: Identity) =>
        snapshot.identityFlags(identifier, traits);
      return {
        prepare: (identity) => identity,
        readFlag: (identity, flag) => readers.readFlag(evaluate(identity), flag),
        countFlags: (identity) => readers.countFlags(evaluate(identity)),
        listFlags: (identity) => readers.listFlags(evaluate(identity)),
        refresh: async (text) => {
          await refresh(text);
          snapshot = await flagsmith.getSnapshot();
        },
      };
    },
  };
}

const flagsmithFormat = { hashesLikeFlagsmith: true, configure: writeEnvironmentDocument };

const readers: Pick<
  Required<BenchClient<Identity, FlagsmithFlags>>,
  "readFlag" | "countFlags" | "listFlags"
> = {
  readFlag: (flags, { name, kind }) =>
    kind === "toggle" ? flags.isFeatureEnabled(name) : flags.getFeatureValue(name),
  countFlags: (flags) => flags.allFlags().length,
  listFlags: (flags) => new Map(flags.allFlags().map((flag) => [flag.featureName, flag])),
};

/** Creates a client that evaluates locally and has loaded the document. */
async function start<Client extends FlagsmithClient>(
  Client: FlagsmithConstructor<Client>,
  configuration: string,
  throwsFailures: boolean,
) {
  const bodies = new Map<string, Uint8Array<ArrayBuffer>>();
  let body = new Uint8Array();
  let failure: Error | null = null;
  const flagsmith = new Client({
    environmentKey: "ser.bench",
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: 3600,
    fetch: async () => new Response(body),
    ...(!throwsFailures && {
      onEnvironmentChange: (error: Error | null) => {
        failure = error;
      },
    }),
  });
  const refresh = async (document: string) => {
    // Each document is encoded once, because encoding is the server's work.
    body = bodies.get(document) ?? new TextEncoder().encode(document);
    bodies.set(document, body);
    await flagsmith.updateEnvironment();
    if (failure !== null) throw failure;
  };
  await refresh(configuration);
  return { flagsmith, refresh };
}
