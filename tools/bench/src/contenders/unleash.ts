import { once } from "node:events";
import { InMemStorageProvider, Unleash, type UnleashConfig } from "unleash-client";
import type { Identity, Workload } from "../workload/workload.ts";
import type { Client, Contender } from "./contender.ts";
import { isInverted, writeUnleashFeatures } from "./unleash-features.ts";

type Bootstrap = NonNullable<UnleashConfig["bootstrap"]>;
type Context = NonNullable<Parameters<Unleash["isEnabled"]>[1]>;

/** What the adapter keeps beside the client's own configuration. */
interface Configuration {
  readonly bootstrap: string;
  /** Toggles whose feature says the opposite. */
  readonly inverted: readonly string[];
}

/** Unleash's client, from a bootstrap, without polling and metrics. It has no call for all flags: the adapter loops. */
export const unleash: Contender = {
  agreesOn: "flags without percentage rules",
  configure: (workload: Workload) => {
    const inverted = workload.flags.filter(isInverted).map(({ name }) => name);
    const bootstrap = writeUnleashFeatures(workload);
    return JSON.stringify({ bootstrap, inverted } satisfies Configuration);
  },
  load: loadUnleash,
};

async function loadUnleash(configuration: string): Promise<Client> {
  const { bootstrap, inverted } = JSON.parse(configuration) as Configuration;
  const isUpsideDown = new Set(inverted);
  let client = await start(bootstrap);
  return {
    prepare: toContext,
    ask: (subject, { flag, kind }) =>
      kind === "toggle"
        ? client.isEnabled(flag, subject as Context) !== isUpsideDown.has(flag)
        : (client.getVariant(flag, subject as Context).payload?.value ?? null),
    askAll: (subject) => {
      const answers: unknown[] = [];
      for (const { name } of client.getFeatureToggleDefinitions()) {
        answers.push(client.getVariant(name, subject as Context));
      }
      return answers.length;
    },
    // A bootstrap is read once, so another configuration is another client.
    refresh: async () => {
      client.destroy();
      client = await start(bootstrap);
    },
    close: () => client.destroy(),
  };
}

async function start(bootstrap: string): Promise<Unleash> {
  const { features: data, segments } = JSON.parse(bootstrap) as {
    features: NonNullable<Bootstrap["data"]>;
    segments: NonNullable<Bootstrap["segments"]>;
  };
  const client = new Unleash({
    url: "http://127.0.0.1:9/",
    appName: "bench",
    refreshInterval: 0,
    disableMetrics: true,
    disableAutoStart: true,
    skipInstanceCountWarning: true,
    storageProvider: new InMemStorageProvider(),
    bootstrap: { data, segments },
  });
  const isReady = once(client, "ready");
  await client.start();
  await isReady;
  return client;
}

/** Its context has no boolean properties. */
function toContext({ identifier, traits }: Identity): Context {
  const properties = Object.entries(traits).map(([name, value]) => [
    name,
    typeof value === "boolean" ? String(value) : value,
  ]);
  return { userId: identifier, properties: Object.fromEntries(properties) };
}
