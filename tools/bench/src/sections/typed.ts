import {
  defineFlags,
  type Flags,
  Flagsmith,
  jsonFlag,
  numberFlag,
  type StandardSchema,
  stringFlag,
  toggleFlag,
} from "@flagsmith-isomorphic/node";
import { runInChild } from "../child.ts";
import { type Batch, measureCpuUs } from "../timing.ts";
import type { Plan, Section } from "./section.ts";

/** The highest ratio of a typed read to an untyped one. */
const maxRatio = 1.3;

const contender = "ours-snapshot";

/** Measures typed reads of this SDK. */
export async function measureTypedReads({ isQuick }: Plan): Promise<Section> {
  const results = await runInChild(import.meta.url, measureTypedRead, { isQuick });
  const untyped = results["getFeatureValue"] ?? Number.NaN;
  const typed = Object.entries(results).map(([title, us]) => ({ title, ratio: us / untyped }));
  const highest = typed.reduce((one, other) => (other.ratio > one.ratio ? other : one));
  return {
    title: "Typed reads",
    explanation: `CPU µs for the evaluation of an identity and one read. The highest ratio to \`getFeatureValue\` is
${highest.ratio.toFixed(2)} (${highest.title}); at most ${maxRatio} is the target.`,
    columns: Object.entries(results).map(([title, us]) => ({ title, values: { [contender]: us } })),
  };
}

/** Runs in a child process. */
export async function measureTypedRead({
  isQuick,
}: Pick<Plan, "isQuick">): Promise<Record<string, number>> {
  const offlineHandler = { getEnvironment: () => document };
  const flagsmith = new Flagsmith({ offlineMode: true, offlineHandler });
  const snapshot = await flagsmith.getSnapshot();
  const batches = new Map<string, Batch>();
  for (const [title, read] of Object.entries(reads)) {
    batches.set(title, async (calls) => {
      for (let call = 0; call < calls; call++) lastResult = read(snapshot.identityFlags("user-42"));
    });
  }
  const rounds = isQuick ? 3 : 12;
  return measureCpuUs(batches, { rounds, roundMs: isQuick ? 20 : 50, minCalls: 256 });
}

/** Keeps results alive, so that no call is optimised away. */
export let lastResult: unknown;

interface Banner {
  readonly title: string;
}

const noBanner: Banner = { title: "" };

/** A schema that costs nothing, because only the first read of a version runs it. */
const schema: StandardSchema<Banner> = {
  "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value: value as Banner }) },
};

const appFlags = defineFlags({
  dark_mode: toggleFlag(),
  max_items: numberFlag(1, { integer: true, min: 1, max: 100 }),
  tier: stringFlag("free", { of: ["free", "gold"] }),
  banner: jsonFlag(schema, noBanner),
});

const reads: Readonly<Record<string, (flags: Flags) => unknown>> = {
  getFeatureValue: (flags) => flags.getFeatureValue("max_items"),
  getNumber: (flags) => flags.getNumber("max_items", 1),
  getString: (flags) => flags.getString("tier", "free"),
  getJson: (flags) => flags.getJson("banner", noBanner),
  "getJson with schema": (flags) => flags.getJson("banner", noBanner, schema),
  "in(…), toggle": (flags) => appFlags.in(flags).dark_mode,
  "in(…), number": (flags) => appFlags.in(flags).max_items,
  "in(…), JSON": (flags) => appFlags.in(flags).banner,
};

const document = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: Object.entries({
    dark_mode: null,
    max_items: 25,
    tier: "gold",
    banner: '{"title":"Sale"}',
  }).map(([name, feature_state_value], index) => ({
    feature: { id: index + 1, name },
    enabled: true,
    django_id: index + 1,
    feature_state_value,
  })),
};
