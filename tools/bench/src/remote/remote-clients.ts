import { Flagsmith } from "@flagsmith-isomorphic/node";
import { Flagsmith as OfficialFlagsmith } from "flagsmith-nodejs";
import type { Identity } from "../workload/workload.ts";

/** Asks a Flagsmith API; answers how many flags came back. */
export interface RemoteClient {
  environmentFlags(): Promise<number>;
  identityFlags(identity: Identity): Promise<number>;
}

const environmentKey = "bench";

/** Those that are compared in remote mode, by name; the official client first. */
export const remoteClients: Readonly<Record<string, (apiUrl: string) => RemoteClient>> = {
  "flagsmith-nodejs": (apiUrl) => {
    const flagsmith = new OfficialFlagsmith({ environmentKey, apiUrl });
    return {
      environmentFlags: async () => (await flagsmith.getEnvironmentFlags()).allFlags().length,
      identityFlags: async ({ identifier, traits }) =>
        (await flagsmith.getIdentityFlags(identifier, traits)).allFlags().length,
    };
  },
  "@flagsmith-isomorphic/node": (apiUrl) => {
    const flagsmith = new Flagsmith({ environmentKey, apiUrl });
    return {
      environmentFlags: async () => (await flagsmith.getEnvironmentFlags()).allFlags().length,
      identityFlags: async ({ identifier, traits }) =>
        (await flagsmith.getIdentityFlags(identifier, traits)).allFlags().length,
    };
  },
  "bare fetch + json": (apiUrl) => ({
    environmentFlags: async () => {
      const response = await fetch(`${apiUrl}flags/`, {
        headers: { "X-Environment-Key": environmentKey },
      });
      return byName((await response.json()) as WireFlag[]).size;
    },
    identityFlags: async ({ identifier, traits }) => {
      const list = Object.entries(traits).map(([key, value]) => ({
        trait_key: key,
        trait_value: value,
      }));
      const response = await fetch(`${apiUrl}identities/`, {
        method: "POST",
        headers: { "X-Environment-Key": environmentKey, "Content-Type": "application/json" },
        body: JSON.stringify({ identifier, traits: list }),
      });
      return byName(((await response.json()) as { flags: WireFlag[] }).flags).size;
    },
  }),
};

interface WireFlag {
  readonly feature: { readonly name: string };
}

function byName(flags: readonly WireFlag[]): ReadonlyMap<string, WireFlag> {
  return new Map(flags.map((flag) => [flag.feature.name, flag]));
}
