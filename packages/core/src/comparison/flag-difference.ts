import type { EvaluatedFlag } from "../engine/index.ts";
import type { Explanation } from "../explain/index.ts";
import type { Flag, FlagValue } from "../flags/flag.ts";

/** A flag that local evaluation and the API evaluate differently. */
export interface FlagDifference {
  readonly featureName: string;
  /** `undefined` for the flags of the environment. Empty for an anonymous identity. */
  readonly identifier: string | undefined;
  /** The local result. `undefined` if the document does not have the feature. */
  readonly local: ComparedFlag | undefined;
  /** The result of the API. `undefined` if its response does not have the feature. */
  readonly remote: ComparedFlag | undefined;
  /** How the local result comes about. */
  readonly explanation: Explanation;
}

/** The members of a flag that are compared, and its reason. */
export interface ComparedFlag {
  readonly enabled: boolean;
  readonly value: FlagValue;
  readonly variant: string | null;
  /** Not compared. `undefined` if the API has sent none. */
  readonly reason: string | undefined;
}

/** Finds the flags that differ. */
export function findDifferences(
  localFlags: readonly EvaluatedFlag[],
  remoteFlags: readonly Flag[],
): Pick<FlagDifference, "featureName" | "local" | "remote">[] {
  const remoteByName = new Map(remoteFlags.map((flag) => [flag.featureName, flag]));
  const localByName = new Map(localFlags.map((flag) => [flag.name, flag]));
  return [...new Set([...localByName.keys(), ...remoteByName.keys()])]
    .map((featureName) => ({
      featureName,
      local: toComparedFlag(localByName.get(featureName)),
      remote: toComparedFlag(remoteByName.get(featureName)),
    }))
    .filter(({ local, remote }) => isDifferent(local, remote));
}

function isDifferent(local: ComparedFlag | undefined, remote: ComparedFlag | undefined): boolean {
  // The API can be configured to leave out the flags that are off.
  if (remote === undefined) return local?.enabled === true;
  if (local === undefined) return true;
  if (local.enabled !== remote.enabled || local.value !== remote.value) return true;
  // Not every version of the API sends variants. Some send "control" for a feature without variants.
  return remote.variant !== null && remote.variant !== (local.variant ?? "control");
}

function toComparedFlag(
  flag:
    | (Pick<Flag, "enabled" | "variant" | "reason"> & { readonly value?: FlagValue | undefined })
    | undefined,
): ComparedFlag | undefined {
  if (flag === undefined) return undefined;
  const { enabled, value = null, variant, reason } = flag;
  return { enabled, value, variant, reason };
}
