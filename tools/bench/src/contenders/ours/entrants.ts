import type { Entrant } from "../entrant.ts";

/** This SDK: with one `await` per question, through a snapshot, and its engine without a client. */
export const ourEntrants: readonly Entrant[] = [
  {
    name: "ours",
    packageName: "@flagsmith-isomorphic/node",
    refreshes: true,
    load: async () => (await import("./client.ts")).ours,
  },
  {
    name: "ours-snapshot",
    load: async () => (await import("./client.ts")).oursSnapshot,
  },
  {
    name: "ours-engine",
    refreshes: true,
    load: async () => (await import("./engine.ts")).oursEngine,
  },
];
