import { pathToFileURL } from "node:url";
import type { Contender } from "./contender.ts";

/** A contender whose code is not loaded yet. */
interface ListedContender {
  /** Name on the command line and in the JSON summary. */
  readonly name: string;
  /** Name in the tables. Default: the package with its version. */
  readonly label?: string;
  /** Package or URL of the client. Contenders with one also take part in the sections about loading. */
  readonly module?: string;
  readonly load: () => Promise<Contender>;
}

/** The official client. All others must agree with it. */
export const officialName = "flagsmith-nodejs";

/** This SDK as another checkout has built it. */
export const baselineName = "baseline";

/** Environment variable with the path of that checkout. Child processes inherit it. */
export const baselineVariable = "FLAGSMITH_BENCH_BASELINE";

/** Returns the module of the baseline, or `undefined` if there is none. */
export function findBaseline(): string | undefined {
  const checkout = process.env[baselineVariable];
  if (checkout === undefined) return undefined;
  return pathToFileURL(`${checkout}/packages/node/dist/index.js`).href;
}

/** Lists the contenders in the order of the tables. */
export function listContenders(): readonly ListedContender[] {
  const baseline = findBaseline();
  return [
    ...listOurs("ours", "this SDK", "@flagsmith-isomorphic/node"),
    ...(baseline === undefined ? [] : listOurs(baselineName, "baseline", baseline)),
    {
      name: "flagd-core",
      module: "@openfeature/flagd-core",
      load: async () => (await import("./flagd.ts")).flagd,
    },
    {
      name: "unleash-client",
      module: "unleash-client",
      load: async () => (await import("./unleash.ts")).unleash,
    },
    {
      name: "configcat",
      module: "@configcat/sdk",
      load: async () => (await import("./configcat.ts")).configcat,
    },
    {
      name: "growthbook",
      module: "@growthbook/growthbook",
      load: async () => (await import("./growthbook.ts")).growthbook,
    },
    {
      name: officialName,
      module: "flagsmith-nodejs",
      load: async () => {
        const { adaptFlagsmith } = await import("./flagsmith.ts");
        return adaptFlagsmith((await import("flagsmith-nodejs")).Flagsmith, false);
      },
    },
    {
      name: "floor",
      label: "hand-written floor, no client",
      load: async () => (await import("./floor.ts")).floor,
    },
  ];
}

/** This SDK with `undiciFetch`. Contenders of the section about remote mode. undici 8 cannot be loaded on Node.js 20. */
export const undiciTransports: readonly Pick<ListedContender, "name" | "label" | "module">[] = [
  { name: "ours-undici7", label: "this SDK, undiciFetch with undici 7", module: "undici" },
  ...(process.version.startsWith("v20.")
    ? []
    : [{ name: "ours-undici8", label: "this SDK, undiciFetch with undici 8", module: "undici8" }]),
];

/** Loads this SDK from its package, or from the build of another checkout. */
export async function importOurs(
  module: string,
): Promise<typeof import("@flagsmith-isomorphic/node")> {
  return await import(module);
}

function listOurs(name: string, label: string, module: string): readonly ListedContender[] {
  return [
    {
      name,
      label,
      module,
      load: async () => {
        const { adaptFlagsmith } = await import("./flagsmith.ts");
        return adaptFlagsmith((await importOurs(module)).Flagsmith, true);
      },
    },
    {
      name: `${name}-snapshot`,
      label: `${label}, snapshot`,
      load: async () => {
        const { adaptSnapshots } = await import("./flagsmith.ts");
        return adaptSnapshots((await importOurs(module)).Flagsmith);
      },
    },
  ];
}

/** @throws Error if there is no contender of this name. */
export async function loadContender(name: string): Promise<Contender> {
  const contender = listContenders().find((listed) => listed.name === name);
  if (contender === undefined) throw new Error(`There is no contender "${name}".`);
  return await contender.load();
}
