// Shows flags from a Flagsmith API: the one that the environment variables name, or an embedded one.
import { type Flag, Flagsmith, FlagsmithClientError } from "@flagsmith-isomorphic/node";
import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument, recordedIdentities } from "recordings";
import { compareFlags, type FlagRow, formatHidden } from "./comparison.ts";
import type { ModeFlags } from "./evaluate.ts";
import { evaluateOnRuntimes, type RuntimeFlags } from "./evaluate-on-runtimes.ts";
import { type Connection, explainError, readConnection, SettingsError } from "./settings.ts";

/** Features of the recorded environment whose flags differ between its identities. */
const shownFeatures = [
  "max_items",
  "priority_ladder",
  "identity_target",
  "override_enables",
  "mv_colour",
  "mv_keys",
];

/** The recorded environment has a segment that is broken on purpose. */
const silentLogger = { warn: () => undefined, error: () => undefined };

async function main(): Promise<void> {
  const connection = readConnection(process.env);
  if (connection === undefined) return showEmbeddedApi();
  try {
    await show(connection);
  } catch (error) {
    throw error instanceof FlagsmithClientError ? new SettingsError(explainError(error)) : error;
  }
}

async function showEmbeddedApi(): Promise<void> {
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
  console.log(`Flags from ${connection.apiUrl}`);
  const clients = new Map([["remote", new Flagsmith(connection)]]);
  if (connection.environmentKey.startsWith("ser.")) {
    const local = { ...connection, enableLocalEvaluation: true, logger: silentLogger };
    clients.set("local", new Flagsmith(local));
  } else {
    console.log("Local evaluation needs a server-side key (ser.…), so only remote mode is shown.");
  }
  await showFlags("The environment", clients, (client) => client.getEnvironmentFlags());
  for (const { identifier, traits } of recordedIdentities) {
    // Transient, so that the demo creates no identities.
    const fetchFlags = (client: Flagsmith) => client.getIdentityFlags(identifier, traits, true);
    await showFlags(`${identifier}, with ${JSON.stringify(traits)}`, clients, fetchFlags);
  }
  for (const client of clients.values()) await client.close();
  const request = { ...connection, identities: recordedIdentities };
  showRuntimes(await evaluateOnRuntimes(request));
}

/** Shows the flags of every runtime, compared with remote mode on the first one. */
function showRuntimes(results: readonly RuntimeFlags[]): void {
  const available = results.filter(({ unavailability }) => unavailability === undefined);
  const reference: ModeFlags["flags"] = available[0]?.modes[0]?.flags ?? {};
  const rows = available.flatMap(({ runtime, modes }) =>
    modes.map(({ mode, flags }) => {
      const comparisons = Object.keys(reference).map((name) =>
        compareFlags(reference[name] ?? [], flags[name] ?? []),
      );
      return {
        runtime,
        mode,
        flags: Object.values(flags).reduce((sum, list) => sum + list.length, 0),
        "mv_colour of alice": flags["alice"]?.find(([name]) => name === "mv_colour")?.[2],
        isEqual: comparisons.every(({ isEqual }) => isEqual),
        hiddenCount: Math.max(0, ...comparisons.map(({ hiddenCount }) => hiddenCount)),
      };
    }),
  );
  console.log("\nEvery runtime: the environment and three identities");
  console.table(
    rows.map(({ isEqual, hiddenCount: _, ...row }) => ({ ...row, "same flags": isEqual })),
  );
  for (const { runtime, unavailability } of results) {
    if (unavailability !== undefined) console.log(`Skipped ${runtime}: ${unavailability}.`);
  }
  const hiddenCount = Math.max(0, ...rows.map((row) => row.hiddenCount));
  if (rows.every(({ isEqual }) => isEqual)) {
    console.log(`All runtimes and modes return the same flags${formatHidden(hiddenCount)}.`);
  } else {
    console.log("The flags of runtimes or modes DIFFER.");
    process.exitCode = 1;
  }
}

async function showFlags(
  title: string,
  clients: ReadonlyMap<string, Flagsmith>,
  fetchFlags: (client: Flagsmith) => ReturnType<Flagsmith["getEnvironmentFlags"]>,
): Promise<void> {
  const rows: Row[] = [];
  const lists: (readonly FlagRow[])[] = [];
  for (const [mode, client] of clients) {
    const flags = (await fetchFlags(client)).allFlags();
    lists.push(flags.map(({ featureName, enabled, value }) => [featureName, enabled, value]));
    rows.push(...pickShown(flags).map((flag) => toRow(flag, mode)));
  }
  console.log(`\n${title}`);
  const position = ({ feature }: Row) => shownFeatures.indexOf(feature);
  console.table(rows.sort((a, b) => position(a) - position(b)));
  const [remote = [], local] = lists;
  if (local === undefined) return;
  const { isEqual, hiddenCount } = compareFlags(remote, local);
  if (isEqual) {
    console.log(`Remote and local evaluation return the same flags${formatHidden(hiddenCount)}.`);
  } else {
    console.log("The flags of remote and local evaluation DIFFER.");
    process.exitCode = 1;
  }
}

async function showOutage(api: FlagsmithApi, connection: Connection): Promise<void> {
  api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 503 });
  const flagsmith = new Flagsmith({
    ...connection,
    requestDeadlineSeconds: 2,
    defaultFlagHandler: (featureName) => ({ enabled: false, value: `default of ${featureName}` }),
  });
  const flags = await flagsmith.getEnvironmentFlags();
  console.log("\nDefault flags while the API returns 503");
  console.table(shownFeatures.map((name) => toRow(flags.getFlag(name), "remote")));
  await flagsmith.close();
}

type Row = ReturnType<typeof toRow>;

function toRow({ featureName, enabled, value, variant, reason, isDefault }: Flag, mode: string) {
  const source = isDefault ? "default flag" : mode;
  return { feature: featureName, enabled, value, variant, reason, source };
}

/** Returns the features of the recorded environment, or the first ones of another environment. */
function pickShown(flags: readonly Flag[]): readonly Flag[] {
  const known = flags.filter(({ featureName }) => shownFeatures.includes(featureName));
  return known.length > 0 ? known : flags.slice(0, 10);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
