// Deno compiles this file against the packed types. It never runs.
import {
  DefaultFlag,
  type EnvironmentSnapshot,
  type Flag,
  type Flags,
  Flagsmith,
  FlagsmithClientError,
  type FlagsmithOptions,
  LocalFileHandler,
  type Traits,
} from "@flagsmith-isomorphic/deno";

const options: FlagsmithOptions = {
  environmentKey: "ser.types",
  enableLocalEvaluation: true,
  offlineHandler: new LocalFileHandler(new URL("environment.json", import.meta.url)),
  defaultFlagHandler: (featureName) => new DefaultFlag(featureName, true),
  fetch: (url, init) => fetch(url, init),
};
const traits: Traits = { plan: "gold", age: { value: 42, transient: true } };

/** Uses the types of the client as an application does. */
export async function useTypes(): Promise<Flag | string> {
  const flagsmith = new Flagsmith(options);
  try {
    const { signal } = new AbortController();
    const flags: Flags = await flagsmith.getIdentityFlags("user-42", traits, { signal });
    const snapshot: EnvironmentSnapshot = await flagsmith.getSnapshot();
    return flags.isFeatureEnabled("banner")
      ? flags.getFlag("banner")
      : String(snapshot.environmentFlags().getFeatureValue("banner"));
  } catch (error) {
    if (error instanceof FlagsmithClientError) return error.code;
    throw error;
  }
}

// @ts-expect-error Deno's fetch has no agent.
new Flagsmith({ ...options, agent: {} });
