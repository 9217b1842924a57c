import type { Contender } from "./contender.ts";
import type { Entrant } from "./entrant.ts";
import { ourEntrants } from "./ours/entrants.ts";

/** Who takes part, in the order of the tables. */
export const entrants: readonly Entrant[] = [
  ...ourEntrants,
  {
    name: "flagsmith-nodejs",
    packageName: "flagsmith-nodejs",
    refreshes: true,
    load: async () => (await import("./official.ts")).official,
  },
  {
    name: "unleash-client",
    packageName: "unleash-client",
    refreshes: true,
    load: async () => (await import("./unleash.ts")).unleash,
  },
  {
    name: "growthbook",
    packageName: "@growthbook/growthbook",
    refreshes: true,
    load: async () => (await import("./growthbook.ts")).growthbook,
  },
  {
    name: "configcat",
    packageName: "@configcat/sdk",
    refreshes: true,
    load: async () => (await import("./configcat.ts")).configcat,
  },
  {
    name: "flagd-core",
    packageName: "@openfeature/flagd-core",
    refreshes: true,
    load: async () => (await import("./flagd.ts")).flagd,
  },
  {
    name: "floor",
    load: async () => (await import("./floor.ts")).floor,
  },
];

/** Every ratio is taken against this one. */
export const OFFICIAL = "flagsmith-nodejs";

/** Our own package, whose import and remote mode are measured too. */
export const OURS = "@flagsmith-isomorphic/node";

export async function loadContender(name: string): Promise<Contender> {
  const entrant = entrants.find((entrant) => entrant.name === name);
  if (entrant === undefined) throw new Error(`There is no contender called ${name}.`);
  return await entrant.load();
}
