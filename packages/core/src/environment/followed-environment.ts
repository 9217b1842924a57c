import type { FollowedEnvironment } from "../realtime/change-tracker.ts";
import type { CurrentDocument } from "./current-document.ts";
import type { FleetMember } from "./fleet-changes.ts";
import type { Load, LoadStart } from "./load.ts";
import type { RefreshSchedule } from "./refresh-schedule.ts";

/** The part of a document loader that realtime updates and the fleet use. */
export interface FollowedLoader {
  readonly current: Pick<CurrentDocument, "value">;
  readonly schedule: Pick<
    RefreshSchedule,
    "inFlight" | "isClosed" | "isBlocked" | "endSafetyInterval"
  >;
  /** Missing without a fleet. */
  readonly fleet: Pick<FollowedEnvironment, "load"> | undefined;
  start(options?: LoadStart): Load;
}

/** Creates what realtime updates see of a loader. Not one of its methods, because bundles for isolates need none of it. */
export function createFollowedEnvironment(loader: FollowedLoader): FollowedEnvironment {
  const { current, schedule } = loader;
  return {
    current: () => current.value?.environment,
    idle: async () => void (await schedule.inFlight?.waitFor("loaded")),
    load: (isUndated) => loader.fleet?.load(isUndated) ?? loadChange(loader),
    onFallingBehind: () => schedule.endSafetyInterval(),
  };
}

/** Creates what the fleet sees of a loader. */
export function createFleetMember(loader: FollowedLoader): FleetMember {
  const { current, schedule } = loader;
  return {
    current: () => current.value,
    check: async () => {
      await schedule.inFlight?.waitFor("stored");
      if (schedule.isClosed) return;
      await (schedule.inFlight ?? loader.start()).waitFor("loaded");
    },
    load: () => loadChange(loader),
  };
}

/** Loads a change that realtime updates or another process have announced. */
async function loadChange(loader: FollowedLoader): Promise<boolean> {
  const { schedule } = loader;
  // The load in flight may have started before the change.
  await schedule.inFlight?.waitFor("loaded");
  // The next load waits for the same backoff and will bring the change.
  if (schedule.isClosed || schedule.isBlocked) return false;
  const load = schedule.inFlight ?? loader.start({ isForced: true });
  await load.waitFor("loaded");
  return load.failure === undefined;
}
