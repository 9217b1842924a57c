import type { Environment, EnvironmentProvider } from "../environment/environment.ts";
import { type EnvironmentSnapshot, Snapshot } from "../environment/snapshot.ts";
import type { FlagReader } from "../flags/flags.ts";
import type { Calls } from "../http/call.ts";
import { parseIdentity } from "../identity/identity.ts";
import type { FlagEvaluator, SnapshotSource } from "./evaluator.ts";

/** Local evaluation: the snapshot at hand answers, and only the first calls wait for one. */
export function createSnapshotEvaluator(
  source: SnapshotSource,
  calls: Pick<Calls, "begin">,
): FlagEvaluator {
  return {
    environmentFlags: (options) => {
      options?.signal?.throwIfAborted();
      const snapshot = source.current();
      if (snapshot !== undefined) return snapshot.environmentFlags();
      return source.load(calls.begin(options)).then((loaded) => loaded.environmentFlags());
    },
    identityFlags: (identifier, traits, options) => {
      options?.signal?.throwIfAborted();
      const snapshot = source.current();
      if (snapshot !== undefined) return snapshot.identityFlags(identifier, traits);
      // Checked and copied before the wait, during which the caller may change them.
      const identity = parseIdentity({ identifier, traits });
      return source
        .load(calls.begin(options))
        .then((loaded) => loaded.identityFlags(identifier, identity.traits));
    },
  };
}

/** Snapshots of whatever environment the provider holds: one for each version. */
export function createSnapshots(
  provider: EnvironmentProvider,
  onMissing: FlagReader["onMissing"],
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

/** One version for good: the first that is asked for. */
export function pinned(source: SnapshotSource): SnapshotSource {
  let pin: EnvironmentSnapshot | undefined;
  return {
    current: () => {
      pin ??= source.current();
      return pin;
    },
    load: async (call) => {
      const loaded = pin ?? (await source.load(call));
      // Of two questions asked at once, the one that is answered first decides for both.
      pin ??= loaded;
      return pin;
    },
  };
}
