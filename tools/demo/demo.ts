// Asks a Flagsmith API for flags: the one that the environment variables name, or else an embedded one.
import { type Flag, Flagsmith } from "@flagsmith-isomorphic/node";
import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument, recordedIdentities } from "recordings";

const { FLAGSMITH_ENVIRONMENT_KEY: environmentKey, FLAGSMITH_API_URL: apiUrl } = process.env;

/** Features of the recorded environment that differ between its identities. */
const shown = [
  "max_items",
  "priority_ladder",
  "identity_target",
  "override_enables",
  "mv_colour",
  "mv_keys",
];
const identities = recordedIdentities.map(({ identifier, traits }) => ({ identifier, traits }));

async function main(): Promise<void> {
  if (environmentKey && apiUrl) {
    await ask({ environmentKey, apiUrl });
  } else {
    await askEmbedded();
  }
}

async function askEmbedded(): Promise<void> {
  const api = createFlagsmithApi({
    document: environmentDocument,
    identityFlags: ({ identifier }) =>
      recordedIdentities.find((recorded) => recorded.identifier === identifier)?.flags,
  });
  const served = await serveFlagsmithApi(api);
  try {
    const connection = { environmentKey: api.environmentKey, apiUrl: served.url };
    await ask(connection);
    await showOutage(api, connection);
  } finally {
    await served.close();
  }
}

interface Connection {
  readonly environmentKey: string;
  readonly apiUrl: string;
}

async function ask(connection: Connection): Promise<void> {
  const flagsmith = new Flagsmith(connection);
  console.log(`Remote evaluation, asked of ${connection.apiUrl}`);
  const flags = await flagsmith.getEnvironmentFlags();
  print("The environment", flags.allFlags());
  for (const { identifier, traits } of identities) {
    const flags = await flagsmith.getIdentityFlags(identifier, traits);
    print(`${identifier}, with ${describe(traits)}`, flags.allFlags());
  }
  await flagsmith.close();
}

async function showOutage(api: FlagsmithApi, connection: Connection): Promise<void> {
  api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 503 });
  const flagsmith = new Flagsmith({
    ...connection,
    requestDeadlineSeconds: 2,
    defaultFlagHandler: (featureName) => ({ enabled: false, value: `default of ${featureName}` }),
  });
  const flags = await flagsmith.getEnvironmentFlags();
  print(
    "The API answers 503: default flags",
    shown.map((name) => flags.getFlag(name)),
  );
  await flagsmith.close();
}

function describe(traits: Readonly<Record<string, unknown>>): string {
  return Object.entries(traits)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    .join(", ");
}

function print(title: string, flags: readonly Flag[]): void {
  const some = flags.filter(({ featureName }) => shown.includes(featureName));
  const rows = some.length > 0 ? some : flags.slice(0, 10);
  console.log(`\n${title} (${rows.length} of ${flags.length} flags)`);
  console.table(
    rows.map(({ featureName, enabled, value, variant, reason, isDefault }) => {
      const from = isDefault ? "default flag" : "API";
      return { feature: featureName, enabled, value, variant, reason, from };
    }),
  );
}

await main();
