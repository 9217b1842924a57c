import type { Environment } from "../environment/environment.ts";
import type { EnvironmentProvider } from "../environment/environment-provider.ts";
import type { FlagSource } from "../flags/flags.ts";
import type { SnapshotSource } from "./flag-evaluator.ts";
import { Snapshot } from "./snapshot.ts";

/** Snapshots of whatever environment the provider holds: one for each version. */
export function createSnapshots(
  provider: EnvironmentProvider,
  onMissing: FlagSource["onMissing"],
): SnapshotSource {
  let latest: { readonly environment: Environment; readonly snapshot: Snapshot } | undefined;

  function snapshotOf(environment: Environment): Snapshot {
    if (latest?.environment !== environment) {
      latest = { environment, snapshot: new Snapshot(environment, onMissing) };
    }
    return latest.snapshot;
  }

  return {
    current: () => {
      const environment = provider.current();
      return environment && snapshotOf(environment);
    },
    load: async (call) => snapshotOf(await provider.ready(call)),
  };
}
