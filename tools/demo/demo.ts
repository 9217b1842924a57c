// Asks a Flagsmith API for flags: the one that the environment variables name, or else an embedded one.
import { type Flag, Flagsmith, FlagsmithClientError } from "@flagsmith-isomorphic/node";
import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument, recordedIdentities } from "recordings";
import type { Answer } from "./ask.ts";
import { compare, type FlagRow, remarkOn } from "./comparison.ts";
import { askEveryRuntime } from "./every-runtime.ts";
import { type Connection, complaintOf, connectionFrom, SettingsError } from "./settings.ts";

/** Features of the recorded environment that differ between its identities. */
const shown = [
  "max_items",
  "priority_ladder",
  "identity_target",
  "override_enables",
  "mv_colour",
  "mv_keys",
];

async function main(): Promise<void> {
  const connection = connectionFrom(process.env);
  if (connection === undefined) return askEmbedded();
  try {
    await show(connection);
  } catch (error) {
    throw error instanceof FlagsmithClientError ? new SettingsError(complaintOf(error)) : error;
  }
}

async function askEmbedded(): Promise<void> {
  const api = createFlagsmithApi({ document: environmentDocument });
  const served = await serveFlagsmithApi(api);
  try {
    const connection = { environmentKey: api.environmentKey, apiUrl: served.url };
    await show(connection);
    await showOutage(api, connection);
  } finally {
    await served.close();
  }
}

async function show(connection: Connection): Promise<void> {
  console.log(`Asking ${connection.apiUrl}`);
  const clients = new Map([["remote", new Flagsmith(connection)]]);
  if (connection.environmentKey.startsWith("ser.")) {
    clients.set(
      "local",
      new Flagsmith({ ...connection, enableLocalEvaluation: true, logger: silent }),
    );
  } else {
    console.log(
      "Local evaluation needs a server-side key, ser.…: only remote evaluation is shown.",
    );
  }
  await showFlags("The environment", clients, (client) => client.getEnvironmentFlags());
  for (const { identifier, traits } of recordedIdentities) {
    // Transient: a demonstration must not leave identities behind.
    const flagsOf = (client: Flagsmith) => client.getIdentityFlags(identifier, traits, true);
    await showFlags(`${identifier}, with ${JSON.stringify(traits)}`, clients, flagsOf);
  }
  for (const client of clients.values()) await client.close();
  await showRuntimes(connection);
}

/** Every runtime answers for itself; the first is what the others are held against. */
async function showRuntimes(connection: Connection): Promise<void> {
  const answers = await askEveryRuntime({ ...connection, identities: recordedIdentities });
  const rows: Record<string, unknown>[] = [];
  let reference: Answer["flags"] | undefined;
  let doAllAgree = true;
  let hidden = 0;
  for (const [runtime, modes] of answers) {
    for (const { mode, flags } of modes) {
      reference ??= flags;
      const remote = reference;
      const comparisons = Object.keys(remote).map((who) =>
        compare(remote[who] ?? [], flags[who] ?? []),
      );
      const agrees = comparisons.every(({ doAgree }) => doAgree);
      doAllAgree &&= agrees;
      hidden = Math.max(hidden, ...comparisons.map((comparison) => comparison.hidden));
      const counts = Object.values(flags).map((list) => list.length);
      const colour = flags["alice"]?.find(([name]) => name === "mv_colour")?.[2];
      rows.push({
        runtime,
        mode,
        flags: counts.reduce((sum, count) => sum + count, 0),
        "mv_colour of alice": colour,
        agrees,
      });
    }
  }
  console.log("\nEvery runtime: the environment and three identities");
  console.table(rows);
  console.log(
    doAllAgree
      ? `All runtimes and modes agree on every flag${remarkOn(hidden)}.`
      : "The runtimes DIFFER.",
  );
  if (!doAllAgree) process.exitCode = 1;
}

/** The recorded environment has a regular expression that is broken on purpose. */
const silent = { warn: () => undefined, error: () => undefined };

async function showFlags(
  title: string,
  clients: ReadonlyMap<string, Flagsmith>,
  flagsOf: (client: Flagsmith) => ReturnType<Flagsmith["getEnvironmentFlags"]>,
): Promise<void> {
  const rows: Row[] = [];
  const lists: (readonly FlagRow[])[] = [];
  for (const [mode, client] of clients) {
    const flags = (await flagsOf(client)).allFlags();
    lists.push(flags.map(({ featureName, enabled, value }) => [featureName, enabled, value]));
    rows.push(...pick(flags).map((flag) => toRow(flag, mode)));
  }
  console.log(`\n${title}`);
  console.table(rows.sort((a, b) => shown.indexOf(a.feature) - shown.indexOf(b.feature)));
  const [remote = [], local] = lists;
  if (local === undefined) return;
  const { doAgree, hidden } = compare(remote, local);
  const verdict = doAgree ? "agree" : "DIFFER";
  console.log(`Remote and local evaluation ${verdict} on every flag${remarkOn(hidden)}.`);
}

async function showOutage(api: FlagsmithApi, connection: Connection): Promise<void> {
  api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 503 });
  const flagsmith = new Flagsmith({
    ...connection,
    requestDeadlineSeconds: 2,
    defaultFlagHandler: (featureName) => ({ enabled: false, value: `default of ${featureName}` }),
  });
  const flags = await flagsmith.getEnvironmentFlags();
  console.log("\nThe API answers 503: default flags");
  console.table(shown.map((name) => toRow(flags.getFlag(name), "remote")));
  await flagsmith.close();
}

type Row = ReturnType<typeof toRow>;

function toRow({ featureName, enabled, value, variant, reason, isDefault }: Flag, mode: string) {
  const from = isDefault ? "default flag" : mode;
  return { feature: featureName, enabled, value, variant, reason, from };
}

/** The features that are shown, or else the first few of an environment of somebody's own. */
function pick(flags: readonly Flag[]): readonly Flag[] {
  const some = flags.filter(({ featureName }) => shown.includes(featureName));
  return some.length > 0 ? some : flags.slice(0, 10);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
