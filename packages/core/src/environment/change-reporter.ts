import type {
  EnvironmentChange,
  EnvironmentChangeHandler,
  FlagsmithOptions,
} from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { Environment } from "./environment.ts";

/** The environments before and after a change. The same environment twice after a failed load. */
interface Versions {
  readonly previous: Environment | undefined;
  readonly current: Environment | undefined;
  /** Whether both have the same digest. That of a stored document may be wrong. */
  readonly hasSameDigest?: boolean;
}

/** Receives the result of a load: `null`, or why it failed. */
export type ChangeReporter = (
  error: Parameters<EnvironmentChangeHandler>[0],
  versions: Versions,
) => void;

/** Creates the function that calls `onEnvironmentChange`. An integration may set it later. */
export function createChangeReporter(
  callbacks: Pick<FlagsmithOptions, "onEnvironmentChange">,
  guard: Guard,
): ChangeReporter {
  return (error, versions) => {
    const { onEnvironmentChange: handler } = callbacks;
    if (handler === undefined) return;
    if (versions.hasSameDigest && listChanges(versions)?.length === 0) return;
    // Later, so that the callback sees the new status.
    void Promise.resolve().then(() =>
      guard(() => describeChange(versions, (change) => handler(error, change))),
    );
  };
}

/**
 * Describes a change to a callback. `changedFeatures` is computed when it is read first. The environments are not
 * retained after the callback has returned.
 */
function describeChange<T>(versions: Versions, report: (change: EnvironmentChange) => T): T {
  let pending: Versions | undefined = versions;
  let changedFeatures: readonly string[] | undefined;
  const change: EnvironmentChange = {
    updatedAt: versions.current?.updatedAt,
    get changedFeatures() {
      if (pending) changedFeatures = listChanges(pending);
      pending = undefined;
      return changedFeatures;
    },
  };
  try {
    return report(change);
  } finally {
    pending = undefined;
  }
}

function listChanges({ previous, current }: Versions): readonly string[] | undefined {
  if (previous?.compiled === current?.compiled) return [];
  return previous && current?.compiled.changedFeatures(previous.compiled);
}
