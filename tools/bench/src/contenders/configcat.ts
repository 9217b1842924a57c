import {
  createConsoleLogger,
  getClient,
  type IConfigCatCache,
  type IUser,
  LogLevel,
  PollingMode,
} from "@configcat/sdk";
import type { Identity } from "../workload/workload.ts";
import { writeConfigcatConfig } from "./configcat-config.ts";
import type { Client, Contender } from "./contender.ts";

/** ConfigCat's client, offline, its configuration in its external cache; one flag is asked of a snapshot. */
export const configcat: Contender = {
  agreesOn: "flags without percentage rules",
  configure: writeConfigcatConfig,
  load: loadConfigcat,
};

/** A key of the form the client asks for. */
const SDK_KEY = "configcat-sdk-1/aaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbb";

async function loadConfigcat(configuration: string): Promise<Client> {
  const cache = new CacheOfOne(configuration);
  const client = getClient(SDK_KEY, PollingMode.ManualPoll, {
    cache,
    offline: true,
    logger: createConsoleLogger(LogLevel.Error),
  });
  await client.forceRefreshAsync();
  let snapshot = client.snapshot();
  return {
    asksAll: "async",
    prepare: toUser,
    ask: (subject, { flag, kind }) =>
      kind === "toggle"
        ? snapshot.getValue(flag, false, subject as IUser)
        : snapshot.getValue(flag, "", subject as IUser),
    askAll: async (subject) => (await client.getAllValuesAsync(subject as IUser)).length,
    refresh: async (text) => {
      cache.put(text);
      await client.forceRefreshAsync();
      snapshot = client.snapshot();
    },
    close: () => client.dispose(),
  };
}

/** The client has no boolean attributes; text is what its own comparators want. */
function toUser({ identifier, traits: { email, country, ...others } }: Identity): IUser {
  const custom = Object.entries(others).map(([name, value]) => [
    name,
    typeof value === "boolean" ? String(value) : value,
  ]);
  return {
    identifier,
    email: String(email),
    country: String(country),
    custom: Object.fromEntries(custom),
  };
}

/** Holds one configuration in the form the client stores: time, ETag and text. */
class CacheOfOne implements IConfigCatCache {
  #stored = "";
  #version = 0;

  constructor(configuration: string) {
    this.put(configuration);
  }

  put(configuration: string): void {
    this.#version++;
    this.#stored = `${Date.now()}\netag-${this.#version}\n${configuration}`;
  }

  get(): string {
    return this.#stored;
  }

  set(): void {}
}
